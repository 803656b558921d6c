/* The log form while it is filled in: its id, the answer of tier A, counts on folds, rows that go, one submit. Without it everything works, plainer. */
(function () {
  'use strict';
  var form = document.querySelector('[data-ld-visit]');
  if (!form) return;
  var rows = document.getElementById('issue-rows');
  var gone = form.querySelector('[data-ld-gone]');
  var removed = null;

  /* A version 4 UUID; crypto.randomUUID is younger than the oldest browser served. */
  function uuid() {
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    var hex = Array.from(bytes, function (byte) { return byte.toString(16).padStart(2, '0'); }).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  function showAnswer(row) {
    var tier = row.querySelector('.ld-tiers input:checked');
    var answer = row.querySelector('[data-ld-answer]');
    answer.hidden = !(tier && tier.value === 'A') && !answer.querySelector('.is-invalid');
  }

  function count(fold) {
    var filled = Array.from(fold.querySelectorAll('textarea')).filter(function (box) { return box.value.trim(); }).length;
    var mark = fold.querySelector('[data-ld-filled]');
    mark.textContent = filled ? mark.dataset.some.replace('{n}', filled) : mark.dataset.none;
  }

  function present() {
    return Array.from(rows.querySelectorAll('[data-ld-issue]')).filter(function (row) { return !row.disabled; });
  }

  function renumber() {
    present().forEach(function (row, index) {
      row.querySelectorAll('[data-ld-number]').forEach(function (number) { number.textContent = index + 1; });
    });
    var label = form.querySelector('[data-ld-again]');
    label.textContent = present().length ? label.dataset.ldAgain : label.dataset.ldFirst;
  }

  function forget() {
    if (removed) removed.remove();
    removed = null;
    gone.hidden = true;
  }

  /* A row with words in it can be had back; a disabled fieldset is not sent. */
  function remove(row) {
    forget();
    var written = Array.from(row.querySelectorAll('textarea')).some(function (box) { return box.value.trim(); });
    if (written) {
      removed = row;
      row.disabled = row.hidden = true;
      row.after(gone);
      gone.hidden = false;
      gone.querySelector('button').focus();
    } else {
      row.remove();
      form.querySelector('[data-ld-add]').focus();
    }
    renumber();
    form.dispatchEvent(new Event('change', { bubbles: true }));
  }

  function restore() {
    removed.disabled = removed.hidden = false;
    removed.querySelector('textarea').focus();
    removed = null;
    gone.hidden = true;
    renumber();
    form.dispatchEvent(new Event('change', { bubbles: true }));
  }

  function step(name) {
    form.querySelectorAll('[data-ld-step]').forEach(function (item) {
      var now = item.dataset.ldStep === name;
      item.classList.toggle('now', now);
      item.classList.toggle('done', !now && name === 'sending');
      if (now) item.setAttribute('aria-current', 'step'); else item.removeAttribute('aria-current');
    });
  }

  function takeId(id) {
    form.elements.client_id.value = id;
    history.replaceState(Object.assign({}, history.state, { ldVisit: id }), '');
  }

  /* '' until the form was sent, then 'sent', and 'logged' once the visit's page was seen (visit-draft.js). */
  function fate(id) {
    try { return sessionStorage.getItem('ld-visit:' + id) || ''; } catch (e) { return ''; /* storage is barred */ }
  }

  function remember(id) {
    try { sessionStorage.setItem('ld-visit:' + id, 'sent'); } catch (e) { /* storage is barred: going back makes a new form */ }
  }

  /* The id of the form that was sent from here, when this is the way back to it. */
  function sentFromHere() {
    var entry = performance.getEntriesByType('navigation')[0];
    var id = history.state && history.state.ldVisit;
    return entry && entry.type === 'back_forward' && id && fate(id) ? id : '';
  }

  /* Sending a form again that was logged is the same visit; another word in it makes it another one. */
  function renew() {
    if (fate(form.elements.client_id.value) === 'logged') takeId(uuid());
  }

  if (form.hasAttribute('data-ld-fresh')) takeId(sentFromHere() || uuid());
  present().forEach(showAnswer);

  form.addEventListener('input', function (event) {
    renew();
    var fold = event.target.closest('[data-ld-fold]');
    if (fold) count(fold);
  });
  form.addEventListener('change', function (event) {
    renew();
    var row = event.target.closest('[data-ld-issue]');
    if (row) showAnswer(row);
  });
  form.addEventListener('click', function (event) {
    var button = event.target.closest('[data-ld-remove], [data-ld-undo]');
    if (!button) return;
    event.preventDefault();
    if (button.hasAttribute('data-ld-undo')) restore(); else remove(button.closest('[data-ld-issue]'));
  });
  document.addEventListener('htmx:afterSettle', function (event) {
    if (event.detail.target !== rows) return;
    present().forEach(showAnswer);
    renumber();
  });

  /* The id makes a second submit harmless; not sending it saves the officer the wait. */
  form.addEventListener('submit', function (event) {
    if (event.submitter && event.submitter.name) return;
    if (form.dataset.ldSending) event.preventDefault();
    form.dataset.ldSending = '1';
    remember(form.elements.client_id.value);
    step('sending');
  });
  window.addEventListener('pageshow', function (event) {
    if (!event.persisted) return;
    delete form.dataset.ldSending;
    step('typing');
  });
}());
