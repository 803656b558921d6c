/* Keys of a list: J and K or the arrows move between its rows, Enter opens, X selects, / goes to the search, ? shows them all.
   Nothing happens while somebody types, and nobody has to have them: the switch in the dialog turns them off. */
(function () {
  'use strict';
  var table = document.querySelector('[data-ld-list]');
  var help = document.getElementById('ld-keys');
  var search = document.getElementById('id_q');
  var KEY = 'ld-keys';

  function stored() {
    try { return localStorage.getItem(KEY) !== 'off'; } catch (e) { return true; /* storage is barred: they work */ }
  }

  var on = stored();
  var box = help.querySelector('[data-ld-keys-on]');
  box.checked = on;
  box.addEventListener('change', function () {
    on = box.checked;
    try { localStorage.setItem(KEY, on ? '' : 'off'); } catch (e) { /* storage is barred: for this page only */ }
  });

  function links() { return table ? Array.from(table.querySelectorAll('tbody a.clamp')) : []; }

  function row() {
    var at = document.activeElement;
    return at && table && table.tBodies[0].contains(at) ? at.closest('tr') : null;
  }

  function isTyping(target) {
    return target.isContentEditable || target.matches('textarea, select, input:not([type="checkbox"]):not([type="radio"])');
  }

  /* To the row above or below, from nowhere to the first one. Its link has the focus, so that Enter and readers find it. */
  function step(by) {
    var all = links();
    if (!all.length) return false;
    var here = row();
    var at = here ? all.indexOf(here.querySelector('a.clamp')) : -1;
    var next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
    next.focus({ preventScroll: true });
    next.closest('tr').scrollIntoView({ block: 'nearest' });
    return true;
  }

  function pick() {
    var tick = row() && row().querySelector('.sel input');
    if (!tick) return false;
    tick.click();
    return true;
  }

  function open() {
    var here = row();
    if (!here || document.activeElement.matches('a')) return false; /* a link opens by itself */
    here.querySelector('a.clamp').click();
    return true;
  }

  function act(key) {
    switch (key) {
      case 'j': case 'J': return step(1);
      case 'k': case 'K': return step(-1);
      case 'ArrowDown': return row() ? step(1) : false;
      case 'ArrowUp': return row() ? step(-1) : false;
      case 'Enter': return open();
      case 'x': case 'X': return pick();
      case '/': search.focus(); search.select(); return true;
      case '?': if (!help.open) help.showModal(); return true;
      default: return false;
    }
  }

  if (!help.showModal) return;
  document.addEventListener('keydown', function (event) {
    if (!on || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
    if (act(event.key)) event.preventDefault();
  });
}());
