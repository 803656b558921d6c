/* Large type, remembered on this device. Loaded without defer: the size stands before the first paint.
   Whoever draws in pixels listens for `ld:type`. */
(function () {
  'use strict';
  var KEY = 'ld-type';
  var root = document.documentElement;

  function stored() {
    try { return localStorage.getItem(KEY) === 'large'; } catch (e) { return false; /* storage is barred: normal type */ }
  }

  function set(large) {
    if (large) root.dataset.type = 'large'; else delete root.dataset.type;
    document.querySelectorAll('[data-ld-type]').forEach(function (button) {
      button.setAttribute('aria-pressed', String(large));
      button.hidden = false;
    });
  }

  set(stored());
  document.addEventListener('DOMContentLoaded', function () { set(stored()); });
  document.addEventListener('click', function (event) {
    if (!event.target.closest('[data-ld-type]')) return;
    var large = root.dataset.type !== 'large';
    set(large);
    document.dispatchEvent(new CustomEvent('ld:type'));
    try { localStorage.setItem(KEY, large ? 'large' : ''); } catch (e) { /* storage is barred: for this page only */ }
  });
}());
