/* A button that copies: data-ld-copy names the field, data-ld-done what the button says afterwards. */
(function () {
  'use strict';

  function select(field) {
    field.focus();
    field.select();
    return document.execCommand('copy'); /* where there is no clipboard: pages without TLS, older browsers */
  }

  function copy(field) {
    if (!navigator.clipboard) return Promise.resolve(select(field));
    return navigator.clipboard.writeText(field.value).then(function () { return true; }, function () { return select(field); });
  }

  document.querySelectorAll('[data-ld-copy]').forEach(function (button) {
    var field = document.getElementById(button.dataset.ldCopy);
    button.hidden = false;
    button.addEventListener('click', function () {
      copy(field).then(function (done) {
        if (!done) return field.select();
        button.querySelector('span').textContent = button.dataset.ldDone;
        document.getElementById(field.id + '-said').textContent = button.dataset.ldDone;
      });
    });
  });
}());
