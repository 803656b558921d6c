/* Dialogs of a page. [data-ld-open="id"] opens one that is there; one that htmx fills opens when it is filled. Without script
   the same link leads to a page of its own. [data-ld-close] in it closes it instead of leaving. */
(function () {
  'use strict';
  if (typeof HTMLDialogElement === 'undefined' || !HTMLDialogElement.prototype.showModal) return;

  function show(dialog) { if (!dialog.open) dialog.showModal(); }

  document.querySelectorAll('[data-ld-open]').forEach(function (button) {
    button.hidden = false;
    button.addEventListener('click', function () { show(document.getElementById(button.dataset.ldOpen)); });
  });

  document.addEventListener('htmx:afterSettle', function (event) {
    if (event.target.matches('dialog.ld-dialog')) show(event.target);
  });

  document.addEventListener('click', function (event) {
    var dialog = event.target.closest('dialog.ld-dialog');
    if (!dialog) return;
    /* A click beside the sheet is one on the dialog itself. */
    if (event.target !== dialog && !event.target.closest('[data-ld-close]')) return;
    event.preventDefault();
    dialog.close();
  });
}());
