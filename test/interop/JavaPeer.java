// SPDX-License-Identifier: Apache-2.0
// A client or a server of Java's own TLS, for tests:
//   java JavaPeer client PORT PROTOCOL TRUST [IDENTITY]
//   java JavaPeer server PROTOCOL TRUST IDENTITY CERTIFICATES
// TRUST is a certificate in PEM, IDENTITY a PKCS #12 file with the password "password", CERTIFICATES
// "none" or "wanted". The client sends standard input and prints what comes back. The server prints "port N",
// serves one connection after the other, sending back what came once the input has ended, and prints
// what became of each.
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

public class JavaPeer {
  private static final char[] PASSWORD = "password".toCharArray();
  private static final int LIMIT = 30000;

  private static KeyStore identity(String path) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream file = new FileInputStream(path)) {
      store.load(file, PASSWORD);
    }
    return store;
  }

  private static KeyStore anchor(String path) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (InputStream file = new FileInputStream(path)) {
      Certificate anchor = CertificateFactory.getInstance("X.509").generateCertificate(file);
      store.setCertificateEntry("anchor", anchor);
    }
    return store;
  }

  private static SSLContext context(String trust, String identity) throws Exception {
    TrustManagerFactory anchors = TrustManagerFactory.getInstance("PKIX");
    anchors.init(anchor(trust));
    KeyManager[] keys = null;
    if (identity != null) {
      KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
      factory.init(identity(identity), PASSWORD);
      keys = factory.getKeyManagers();
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, anchors.getTrustManagers(), null);
    return context;
  }

  private static String peer(SSLSocket socket) {
    try {
      return socket.getSession().getPeerPrincipal().getName();
    } catch (SSLPeerUnverifiedException e) {
      return "nobody";
    }
  }

  private static byte[] readAll(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] block = new byte[65536];
    for (int n; (n = in.read(block)) > 0;) all.write(block, 0, n);
    return all.toByteArray();
  }

  private static void digest(byte[] data) throws Exception {
    StringBuilder text = new StringBuilder();
    for (byte b : MessageDigest.getInstance("SHA-256").digest(data)) {
      text.append(String.format("%02x", b));
    }
    System.out.println("received " + data.length);
    System.out.println("sha256 " + text);
  }

  private static void describe(SSLSocket socket) {
    System.out.println("protocol " + socket.getSession().getProtocol());
    System.out.println("peer " + peer(socket));
  }

  // The input is read on a thread, since a server may answer before all was sent.
  private static void client(int port, String protocol, SSLContext context) throws Exception {
    try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("localhost", port)) {
      socket.setSoTimeout(LIMIT);
      socket.setEnabledProtocols(new String[] {protocol});
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      describe(socket);
      byte[] data = readAll(System.in);
      Thread sender = new Thread(() -> send(socket, data));
      sender.start();
      digest(readAll(socket.getInputStream()));
      sender.join();
      System.out.println("end eof");
    }
  }

  private static void send(SSLSocket socket, byte[] data) {
    try {
      socket.getOutputStream().write(data);
      socket.shutdownOutput();
    } catch (IOException e) {
      System.out.println("output " + e);
    }
  }

  private static void serve(SSLSocket socket) throws Exception {
    try (socket) {
      socket.setSoTimeout(LIMIT);
      socket.startHandshake();
      describe(socket);
      byte[] data = readAll(socket.getInputStream());
      digest(data);
      socket.getOutputStream().write(data);
      socket.getOutputStream().flush();
      System.out.println("end eof");
    }
  }

  private static void server(String protocol, boolean wanted, SSLContext context) throws Exception {
    SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(
        0, 50, InetAddress.getByName("127.0.0.1"));
    listener.setEnabledProtocols(new String[] {protocol});
    listener.setNeedClientAuth(wanted);
    System.out.println("port " + listener.getLocalPort());
    for (;;) {
      SSLSocket socket = (SSLSocket) listener.accept();
      try {
        serve(socket);
      } catch (IOException e) {
        System.out.println("end " + e);
      }
      System.out.println("done");
    }
  }

  public static void main(String[] arguments) throws Exception {
    String[] a = Arrays.copyOf(arguments, 5);
    try {
      if (a[0].equals("client")) {
        client(Integer.parseInt(a[1]), a[2], context(a[3], a[4]));
      } else {
        server(a[1], a[4].equals("wanted"), context(a[2], a[3]));
      }
    } catch (SSLException e) {
      System.out.println("end " + e);
    }
  }
}
