/* The box for a comment. Without this script it works all the same: type @姓名, choose files, send. */
(function () {
  'use strict';
  var form = document.querySelector('[data-ld-composer]');
  if (!form) return;
  var words = form.elements.text;
  var names = form.querySelector('[data-ld-mentions]');
  var ask = document.querySelector('[data-ld-mention]');
  var input = form.elements.attachments;
  var chosen = form.querySelector('[data-ld-chosen]');
  var progress = form.querySelector('progress');

  /* Names: what stands between an @ and the cursor is asked for; the server draws the list. */
  function typed() {
    var before = words.value.slice(0, words.selectionStart);
    var found = /(?:^|[^A-Za-z0-9._%+-])[@＠]([^\s@＠]{0,20})$/.exec(before);
    return found ? found[1] : null;
  }

  function close() {
    names.textContent = '';
    words.removeAttribute('aria-activedescendant');
    words.removeAttribute('aria-controls');
  }

  function look() {
    var name = typed();
    if (name === null) { close(); return; }
    ask.value = name;
    ask.dispatchEvent(new CustomEvent('ld:mention'));
  }

  function options() { return Array.from(names.querySelectorAll('[role="option"]')); }

  function choose(option) {
    options().forEach(function (each) { each.setAttribute('aria-selected', String(each === option)); });
    words.setAttribute('aria-controls', 'mention-list');
    words.setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  }

  function write(option) {
    var at = words.selectionStart;
    var name = typed();
    if (name === null) return;
    words.setRangeText(option.dataset.ldWritten + ' ', at - name.length - 1, at, 'end');
    close();
    words.focus();
  }

  words.addEventListener('input', function (event) { if (!event.isComposing) look(); });
  words.addEventListener('compositionend', look);
  words.addEventListener('blur', function () { setTimeout(close, 200); }); /* a tap on the list comes first */
  names.addEventListener('htmx:afterSwap', function () {
    var first = options()[0];
    if (first && typed() !== null && document.activeElement === words) choose(first); else if (typed() === null) close();
  });
  names.addEventListener('mousedown', function (event) {
    var option = event.target.closest('[role="option"]');
    event.preventDefault(); /* the box keeps the focus */
    if (option) write(option);
  });
  words.addEventListener('keydown', function (event) {
    var all = options();
    if (!all.length || event.isComposing) return;
    var now = all.findIndex(function (each) { return each.getAttribute('aria-selected') === 'true'; });
    if (event.key === 'ArrowDown') choose(all[(now + 1) % all.length]);
    else if (event.key === 'ArrowUp') choose(all[(now - 1 + all.length) % all.length]);
    else if ((event.key === 'Enter' || event.key === 'Tab') && now >= 0) write(all[now]);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
  });

  /* Files: what was chosen, how large it is, and the way to take one out before it is sent. */
  function weight(size) { return size < 104858 ? Math.ceil(size / 1024) + ' KB' : (size / 1048576).toFixed(1) + ' MB'; }

  function line(file, index) {
    var item = document.createElement('li');
    var name = document.createElement('span');
    var size = document.createElement('span');
    var remove = document.createElement('button');
    name.textContent = file.name;
    size.textContent = weight(file.size);
    size.className = 'mut small num';
    remove.type = 'button';
    remove.className = 'btn btn-light';
    remove.textContent = chosen.dataset.remove;
    remove.setAttribute('aria-label', chosen.dataset.remove + ' ' + file.name);
    remove.addEventListener('click', function () { drop(index); });
    item.append(name, size, remove);
    if (file.size > form.dataset.one * 1048576) item.append(complaint(chosen.dataset.one));
    return item;
  }

  function complaint(text) {
    var said = document.createElement('span');
    said.className = 'bad';
    said.textContent = text;
    return said;
  }

  function drop(index) {
    var kept = new DataTransfer();
    Array.from(input.files).forEach(function (file, at) { if (at !== index) kept.items.add(file); });
    input.files = kept.files;
    show();
    input.focus();
  }

  function show() {
    var files = Array.from(input.files);
    var sum = files.reduce(function (total, file) { return total + file.size; }, 0);
    chosen.textContent = '';
    chosen.append.apply(chosen, files.map(line));
    if (sum > form.dataset.all * 1048576) {
      var item = document.createElement('li');
      item.append(complaint(chosen.dataset.all));
      chosen.append(item);
    }
    chosen.hidden = !files.length;
  }

  /* What the server would refuse for its size is not sent over a weak line first. */
  form.addEventListener('htmx:confirm', function (event) {
    if (event.target === form && chosen.querySelector('.bad')) {
      event.preventDefault();
      input.focus();
    }
  });
  input.addEventListener('change', show);

  form.addEventListener('htmx:xhr:progress', function (event) {
    if (!event.detail.lengthComputable || !input.files.length) return;
    progress.hidden = false;
    progress.value = 100 * event.detail.loaded / event.detail.total;
  });
  form.addEventListener('htmx:afterRequest', function () { progress.hidden = true; });
  show();
}());
