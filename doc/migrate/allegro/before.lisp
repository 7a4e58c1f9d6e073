;;; SPDX-License-Identifier: Apache-2.0
;;; Answers each line with the line reversed, over TLS: (serve 4433)
(require :acl-socket)
(require :ssl)

(defun serve (port)
  (let ((context (socket:make-ssl-server-context :certificate "server.pem"
                                                 :method :tlsv1.2+
                                                 :verify :optional
                                                 :ca-file "ca.pem"))
        (listener (socket:make-socket :connect :passive :local-host "127.0.0.1"
                                      :local-port port)))
    (loop
      (let ((client (socket:make-ssl-server-stream (socket:accept-connection listener)
                                                   :context context)))
        (handler-case
            (let ((certificate (socket:get-ssl-peer-certificate client)))
              (format client "~:[a stranger~;a friend~]~%" certificate)
              (loop for line = (read-line client nil)
                    while line
                    do (format client "~a~%" (reverse line))
                       (force-output client)))
          (error (problem) (format *error-output* "~a~%" problem)))
        (close client :abort t)))))
