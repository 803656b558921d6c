/* A search above what is too long to look through: the boxes of [data-ld-long], and selects of a form that names the search
   with data-ld-choices. Without it the boxes scroll and the selects open as they always did. */
(function () {
  'use strict';
  var MANY_BOXES = 7; /* as many as the frame shows */
  var MANY_OPTIONS = 15;

  function wanted(text, words) {
    return words.every(function (word) { return text.indexOf(word) >= 0; });
  }

  function search(label, id, act) {
    var field = document.createElement('input');
    field.type = 'search';
    field.className = 'form-control ld-choose';
    field.autocomplete = 'off';
    field.placeholder = label;
    field.setAttribute('aria-label', label);
    field.setAttribute('aria-controls', id);
    field.addEventListener('input', function () { act(field.value.toLowerCase().split(/\s+/).filter(Boolean)); });
    /* Enter in a search is not the submit of the whole form. */
    field.addEventListener('keydown', function (event) { if (event.key === 'Enter' && !event.isComposing) event.preventDefault(); });
    return field;
  }

  /* What is ticked stays in sight whatever is searched for. */
  function overBoxes(list, label) {
    var rows = Array.from(list.children);
    list.before(search(label, list.id, function (words) {
      rows.forEach(function (row) {
        row.hidden = !row.querySelector('input').checked && !wanted(row.textContent.toLowerCase(), words);
      });
    }));
  }

  /* Hidden options are shown all the same by some browsers: the others are taken out, and come back. */
  function overSelect(select, label) {
    var every = Array.from(select.options);
    select.before(search(label + ' ' + select.labels[0].firstChild.textContent, select.id, function (words) {
      var kept = every.filter(function (option) {
        return !option.value || option.selected || wanted(option.textContent.toLowerCase(), words);
      });
      var chosen = select.value;
      select.replaceChildren.apply(select, kept);
      select.value = chosen;
    }));
  }

  document.querySelectorAll('form[data-ld-choices]').forEach(function (form) {
    var label = form.dataset.ldChoices;
    form.querySelectorAll('[data-ld-long]').forEach(function (list) {
      if (list.children.length > MANY_BOXES) overBoxes(list, label);
    });
    form.querySelectorAll('select:not([multiple])').forEach(function (select) {
      if (select.options.length > MANY_OPTIONS && select.labels.length) overSelect(select, label);
    });
  });
}());
