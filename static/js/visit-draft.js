/* What was typed into the log form is kept on this device until it has been sent: for weak signal, an ended session, a closed tab. */
(function () {
  'use strict';
  var DAYS = 7;
  var logged = document.querySelector('[data-ld-logged]');
  var form = document.querySelector('[data-ld-visit]');
  var place = logged || form;
  if (!place) return;
  var prefix = 'ld-draft:' + place.dataset.ldUser + ':';

  try { localStorage.getItem(prefix); } catch (e) { return; /* storage is barred: nothing is kept, nothing is said */ }
  if (logged) {
    localStorage.removeItem(prefix + logged.dataset.ldLogged);
    sessionStorage.setItem('ld-visit:' + logged.dataset.ldLogged, 'logged');
    return;
  }

  var keep = form.querySelector('[data-ld-keep]');
  var state = form.querySelector('[data-ld-step="typing"]');
  var offer = document.querySelector('[data-ld-offer]');
  var typed = !form.hasAttribute('data-ld-fresh');
  var timer = 0;

  function two(number) { return String(number).padStart(2, '0'); }
  function clock(date) { return two(date.getHours()) + ':' + two(date.getMinutes()); }
  function key() { return prefix + form.elements.client_id.value; }

  function save() {
    clearTimeout(timer);
    if (!typed) return;
    var fields = Array.from(new FormData(form)).filter(function (field) { return field[0] !== 'csrfmiddlewaretoken'; });
    var now = new Date();
    try {
      localStorage.setItem(key(), JSON.stringify({ at: now.getTime(), fields: fields }));
      state.textContent = state.dataset.saved.replace('{time}', clock(now));
    } catch (e) {
      state.textContent = state.dataset.unsaved;
    }
  }

  function later() {
    typed = true;
    clearTimeout(timer);
    timer = setTimeout(save, 800);
  }

  function read(name) {
    try { return JSON.parse(localStorage.getItem(name)); } catch (e) { return null; }
  }

  /* The newest draft; those too old go. */
  function newest() {
    var best = null;
    Object.keys(localStorage).filter(function (name) { return name.startsWith(prefix); }).forEach(function (name) {
      var draft = read(name);
      if (!draft || Date.now() - draft.at > DAYS * 864e5) localStorage.removeItem(name);
      else if (!best || draft.at > best.at) best = { name: name, at: draft.at, fields: draft.fields };
    });
    return best;
  }

  /* The server draws the page again from the draft, issue rows and all. */
  function take(draft) {
    var post = document.createElement('form');
    post.method = 'post';
    post.action = form.action;
    var token = ['csrfmiddlewaretoken', form.elements.csrfmiddlewaretoken.value];
    draft.fields.concat([token, ['restore', '1']]).forEach(function (field) {
      var input = document.createElement('textarea');
      input.name = field[0];
      input.value = field[1];
      post.append(input);
    });
    post.hidden = true;
    document.body.append(post);
    post.submit();
  }

  function propose(draft) {
    var at = new Date(draft.at);
    offer.querySelector('[data-ld-saved]').textContent =
      at.getFullYear() + '-' + two(at.getMonth() + 1) + '-' + two(at.getDate()) + ' ' + clock(at);
    offer.hidden = false;
    offer.querySelector('[data-ld-take]').addEventListener('click', function () { take(draft); });
    offer.querySelector('[data-ld-drop]').addEventListener('click', function () {
      localStorage.removeItem(draft.name);
      offer.hidden = true;
    });
  }

  form.addEventListener('input', later);
  form.addEventListener('change', later);
  form.addEventListener('submit', save);
  window.addEventListener('pagehide', save);
  keep.hidden = false;
  keep.addEventListener('click', function () { typed = true; save(); });

  var draft = typed ? null : newest();
  if (draft) propose(draft);
  save();
}());
