/* Whoever types a number of working days means that number: the choice "own" goes with it. */
(function () {
  'use strict';
  document.addEventListener('input', function (event) {
    if (!event.target.matches('[data-ld-own-term]')) return;
    var own = event.target.form.querySelector('[name="term"][value="own"]');
    if (own && event.target.value) own.checked = true;
  });
})();
