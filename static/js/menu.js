/* A <details data-ld-menu> opens and closes by itself; this adds Escape and a click elsewhere. */
(function () {
  'use strict';

  function close(menu, keepFocus) {
    if (!menu.open) return;
    menu.open = false;
    if (keepFocus) menu.querySelector('summary').focus();
  }

  document.querySelectorAll('[data-ld-menu]').forEach(function (menu) {
    menu.addEventListener('keydown', function (event) { if (event.key === 'Escape') close(menu, true); });
    document.addEventListener('click', function (event) { if (!menu.contains(event.target)) close(menu, false); });
    menu.addEventListener('focusout', function (event) {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) close(menu, false);
    });
  });
}());
