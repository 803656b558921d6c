/* Says in words when a part of the page could not be fetched; what came instead is not swapped in (base.html, responseHandling). */
(function () {
  'use strict';
  var box = document.getElementById('ld-trouble');
  if (!box) return;
  var signIn = box.querySelector('[data-ld-when="signed-out"] a').pathname;

  function kind(status) {
    if (!status) return 'offline';
    if (status === 401) return 'signed-out';
    return status < 500 ? 'refused' : 'failed';
  }

  function show(what) {
    box.querySelectorAll('[data-ld-when]').forEach(function (line) { line.hidden = line.dataset.ldWhen !== what; });
    box.hidden = false;
    box.focus();
  }

  document.addEventListener('htmx:beforeRequest', function () { box.hidden = true; });
  document.addEventListener('htmx:responseError', function (event) { show(kind(event.detail.xhr.status)); });
  document.addEventListener('htmx:sendError', function () { show('offline'); });
  document.addEventListener('htmx:timeout', function () { show('offline'); });

  /* A session that has ended answers with a redirect, which the browser follows: the sign-in page must not land in a corner of this one. */
  document.addEventListener('htmx:beforeSwap', function (event) {
    var answered = event.detail.xhr.responseURL;
    if (!answered || new URL(answered).pathname !== signIn) return;
    event.detail.shouldSwap = false;
    show('signed-out');
  });
}());
