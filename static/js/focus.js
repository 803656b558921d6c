/* Puts the focus where the answer is: [data-ld-focus] (a summary of errors, a new row's first field) in a fresh page or a swapped part. */
(function () {
  'use strict';

  function settle(part) {
    var target = part.matches('[data-ld-focus]') ? part : part.querySelector('[data-ld-focus]');
    if (target) target.focus();
  }

  settle(document.body);
  document.addEventListener('htmx:afterSettle', function (event) { settle(event.target); });
}());
