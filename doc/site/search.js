// SPDX-License-Identifier: Apache-2.0
// Searches what search_index.js has: [title, place, address, text] of each page, heading and member.
'use strict';
(() => {
  const field = document.getElementById('search');
  const list = document.getElementById('found');
  const most = 30;
  const entries = searchIndex.map(([title, place, address, text]) =>
    ({title, place, address, text, small: title.toLowerCase(), all: (title + ' ' + place + ' ' + text).toLowerCase()}));

  // The smaller, the better; undefined if a word is missing.
  function rank(entry, words) {
    if (!words.every(word => entry.all.includes(word))) return undefined;
    const name = entry.small.replace(/\(\)$/, '');
    const phrase = words.join(' ');
    if (name === phrase || name.endsWith('::' + phrase)) return 0;
    if (name.startsWith(phrase)) return 1;
    if (words.every(word => entry.small.includes(word))) return 2;
    return entry.all.includes(phrase) ? 3 : 4;
  }

  function excerpt(text, word) {
    const at = Math.max(0, text.toLowerCase().indexOf(word) - 40);
    return (at > 0 ? '… ' : '') + text.slice(at, at + 110) + (text.length > at + 110 ? ' …' : '');
  }

  function item(entry, words) {
    const line = document.createElement('li');
    const link = line.appendChild(document.createElement('a'));
    link.href = entry.address;
    link.appendChild(document.createElement('b')).textContent = entry.title;
    if (entry.place) link.append(' ', Object.assign(document.createElement('i'), {textContent: entry.place}));
    if (entry.text) link.appendChild(document.createElement('span')).textContent = excerpt(entry.text, words[0]);
    return line;
  }

  function search() {
    const words = field.value.toLowerCase().replace(/\(\)/g, '').split(/\s+/).filter(Boolean);
    const found = !words.length ? [] : entries.map((entry, at) => ({entry, at, rank: rank(entry, words)}))
      .filter(one => one.rank !== undefined).sort((a, b) => a.rank - b.rank || a.at - b.at).slice(0, most);
    list.replaceChildren(...found.map(one => item(one.entry, words)));
    if (words.length && !found.length) {
      list.appendChild(document.createElement('li')).textContent = 'Nothing was found.';
    }
    list.hidden = !words.length;
  }

  // Moves the focus by steps among the field and what was found.
  function move(step) {
    const places = [field, ...list.querySelectorAll('a')];
    const next = places[places.indexOf(document.activeElement) + step];
    if (next) next.focus();
  }

  field.addEventListener('input', search);
  document.addEventListener('keydown', event => {
    const inside = event.target === field || list.contains(event.target);
    if (event.key === '/' && !inside) field.focus();
    else if (event.key === 'Escape' && inside) { field.value = ''; search(); field.focus(); }
    else if (event.key === 'ArrowDown' && inside) move(1);
    else if (event.key === 'ArrowUp' && inside) move(-1);
    else if (event.key === 'Enter' && event.target === field) list.querySelector('a')?.click();
    else return;
    event.preventDefault();
  });
  document.addEventListener('click', event => {
    if (!event.target.closest('.search')) list.hidden = true;
  });
  field.addEventListener('focus', () => { if (field.value) list.hidden = false; });
})();
