/* Comfort for the tick boxes of a list: a range with Shift, the whole page at once, the bar only while something is selected.
   Without script the boxes and the bar's buttons do the same, one by one. */
(function () {
  'use strict';
  var bar = document.querySelector('[data-ld-bulk]');
  if (!bar) return;
  var boxes = Array.from(document.querySelectorAll('input[form="' + bar.id + '"]'));
  var all = document.querySelector('[data-ld-all]');
  var count = bar.querySelector('[data-ld-count]');
  var last = null;

  function show() {
    var chosen = boxes.filter(function (box) { return box.checked; }).length;
    bar.hidden = chosen === 0;
    count.textContent = count.dataset.ldCount.replace('{n}', chosen);
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
    boxes.forEach(function (box) { box.closest('tr').classList.toggle('is-on', box.checked); });
  }

  function set(some, checked) {
    some.forEach(function (box) { box.checked = checked; });
    show();
  }

  boxes.forEach(function (box) {
    box.addEventListener('click', function (event) {
      if (event.shiftKey && last) {
        var ends = [boxes.indexOf(last), boxes.indexOf(box)].sort(function (a, b) { return a - b; });
        set(boxes.slice(ends[0], ends[1] + 1), box.checked);
      }
      last = box;
    });
    box.addEventListener('change', show);
  });
  all.addEventListener('change', function () { set(boxes, all.checked); });

  [['[data-ld-all-rows]', true], ['[data-ld-none]', false]].forEach(function (each) {
    var button = bar.querySelector(each[0]);
    button.hidden = false;
    button.addEventListener('click', function () {
      set(boxes, each[1]);
      if (!each[1]) boxes[0].focus(); /* the bar, and the button with it, has gone */
    });
  });
  /* Shift and a click on text marks it; in the cell of a box it means the range. */
  document.addEventListener('mousedown', function (event) {
    if (event.shiftKey && event.target.closest('td.sel')) event.preventDefault();
  });

  all.hidden = false;
  show();
  /* Back from the preview: the browser brings the ticks back after this script has run. */
  window.addEventListener('pageshow', show);
}());
