// The list of runs: filters, sorting and pages over the rows in the page. Nothing is fetched.
'use strict';
(() => {
  const data = JSON.parse(document.getElementById('runs-data').textContent);
  const words = data.words, rows = data.rows, pageSize = 100;
  // Places in a row, as they were written.
  const SETTING = 0, REPO = 1, TASK = 2, PAIR = 3, SEED = 4, STATUS = 5, OUTCOME = 6, MERGE = 7, AGENTS = 8, ATTEMPTS = 9, STEPS = 10, MESSAGES = 11, COST = 12, SECONDS = 13, DIFFICULTY = 14, HASPAGE = 15, NOTE = 16;
  const word = (row, column) => words[row[column]];
  const pair = row => row[TASK] + '/' + word(row, PAIR);
  const caseId = row => [word(row, SETTING), word(row, REPO), row[TASK], word(row, PAIR), 'seed' + row[SEED]].join('/');
  const number = (value, places) => value === null ? '\u2013' : value.toFixed(places);
  const columns = [
    { name: 'setting', key: row => row[SETTING], text: row => word(row, SETTING) },
    { name: 'repository', key: row => word(row, REPO), text: row => word(row, REPO), isName: true },
    { name: 'pair', key: row => row[TASK] * 1e6 + row[PAIR], text: pair },
    { name: 'seed', key: row => row[SEED], text: row => row[SEED], isNumber: true },
    { name: 'outcome', key: row => word(row, OUTCOME), text: row => word(row, OUTCOME), isBadge: true },
    { name: 'merge', key: row => word(row, MERGE), text: row => word(row, MERGE) },
    { name: 'agents', key: row => word(row, AGENTS), text: row => word(row, AGENTS) },
    { name: 'status', key: row => word(row, STATUS), text: row => word(row, STATUS) },
    { name: 'tries', key: row => row[ATTEMPTS], text: row => row[ATTEMPTS], isNumber: true },
    { name: 'steps', key: row => row[STEPS], text: row => number(row[STEPS], 0), isNumber: true },
    { name: 'messages', key: row => row[MESSAGES], text: row => number(row[MESSAGES], 0), isNumber: true },
    { name: 'USD', key: row => row[COST], text: row => row[COST] === 0 ? '0' : number(row[COST], 4), isNumber: true },
    { name: 'time s', key: row => row[SECONDS], text: row => number(row[SECONDS], 1), isNumber: true },
    { name: 'difficulty', key: row => row[DIFFICULTY], text: row => number(row[DIFFICULTY], 2), isNumber: true },
    { name: 'note', key: row => word(row, NOTE), text: row => word(row, NOTE), isNote: true },
  ];
  const facets = [
    { name: 'setting', value: row => word(row, SETTING) },
    { name: 'repository', value: row => word(row, REPO) },
    { name: 'pair', value: pair },
    { name: 'seed', value: row => String(row[SEED]) },
    { name: 'outcome', value: row => word(row, OUTCOME) },
    { name: 'merge', value: row => word(row, MERGE) || 'none' },
    { name: 'status', value: row => word(row, STATUS) },
  ];
  const state = { text: '', sort: '', down: false, page: 0, chosen: {} };
  const byId = id => document.getElementById(id);
  const make = (tag, text, className) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  };
  // What the text filter searches, made when it is first used.
  let searched = null;
  const searchText = i => (searched ??= rows.map(row => (caseId(row) + ' ' + word(row, OUTCOME) + ' ' + word(row, MERGE) + ' ' + word(row, AGENTS) + ' ' + word(row, STATUS) + ' ' + word(row, NOTE)).toLowerCase()))[i];
  let shown = [];

  function compare(column) {
    const { key } = column, sign = state.down ? -1 : 1;
    return (a, b) => {
      const x = key(rows[a]), y = key(rows[b]);
      if (x === y) return a - b;
      if (x === null) return 1; // what is unknown comes last, either way
      if (y === null) return -1;
      return (x < y ? -1 : 1) * sign;
    };
  }

  function filter() {
    const terms = state.text.toLowerCase().split(/\s+/).filter(term => term);
    const active = facets.filter(facet => state.chosen[facet.name]);
    shown = [];
    for (let i = 0; i < rows.length; i++) {
      if (active.every(facet => facet.value(rows[i]) === state.chosen[facet.name]) && (terms.length === 0 || terms.every(term => searchText(i).includes(term)))) shown.push(i);
    }
    const column = columns.find(one => one.name === state.sort);
    if (column) shown.sort(compare(column));
    state.page = Math.max(0, Math.min(state.page, Math.ceil(shown.length / pageSize) - 1));
  }

  function draw() {
    const first = state.page * pageSize, part = shown.slice(first, first + pageSize), body = make('tbody');
    for (const i of part) {
      const row = rows[i], line = make('tr');
      columns.forEach((column, place) => {
        const text = column.text(row), cell = make('td', undefined, column.isNumber ? 'n' : column.isNote ? 'note' : column.isName ? 'name' : '');
        if (column.isBadge) cell.append(make('span', text, 'badge ' + (text === 'passed' ? 'pass' : text === 'failed' ? 'fail' : 'none')));
        else if (column.name === 'pair' && row[HASPAGE]) {
          const link = make('a', text);
          link.href = 'runs/' + caseId(row) + '.html';
          cell.append(link);
        } else cell.textContent = text;
        if (column.isNote || column.isName) cell.title = text;
        line.append(cell);
      });
      body.append(line);
    }
    byId('runs-table').tBodies[0].replaceWith(body);
    let passed = 0, failed = 0;
    for (const i of shown) {
      const outcome = word(rows[i], OUTCOME);
      if (outcome === 'passed') passed++;
      else if (outcome === 'failed') failed++;
    }
    const verdicts = passed + failed, share = verdicts > 0 ? ' (' + (100 * passed / verdicts).toFixed(1) + ' % of ' + verdicts + ' with a verdict)' : '';
    byId('runs-count').textContent = shown.length.toLocaleString('en') + ' of ' + rows.length.toLocaleString('en') + ' runs; ' + passed.toLocaleString('en') + ' passed' + share + ', ' + (shown.length - verdicts).toLocaleString('en') + ' without a verdict';
    const pages = Math.max(1, Math.ceil(shown.length / pageSize));
    byId('runs-page').textContent = 'page ' + (state.page + 1) + ' of ' + pages;
    byId('runs-back').disabled = state.page === 0;
    byId('runs-on').disabled = state.page >= pages - 1;
    for (const heading of byId('runs-table').tHead.rows[0].cells) {
      const isSorted = heading.dataset.name === state.sort;
      heading.setAttribute('aria-sort', isSorted ? (state.down ? 'descending' : 'ascending') : 'none');
    }
  }

  function write() { // the choice stands in the address, so that it is there again after a look at a run
    const parts = new URLSearchParams();
    for (const facet of facets) if (state.chosen[facet.name]) parts.set(facet.name, state.chosen[facet.name]);
    if (state.text) parts.set('text', state.text);
    if (state.sort) parts.set('sort', (state.down ? '-' : '') + state.sort);
    if (state.page) parts.set('page', state.page + 1);
    const text = parts.toString();
    if (text || location.hash.includes('=')) history.replaceState(null, '', text ? '#' + text : '#runs');
  }

  function read() {
    if (!location.hash.includes('=')) return false;
    const parts = new URLSearchParams(location.hash.slice(1));
    for (const facet of facets) {
      const select = byId('filter-' + facet.name), value = parts.get(facet.name) ?? '';
      select.value = value;
      state.chosen[facet.name] = select.value;
    }
    byId('filter-text').value = state.text = parts.get('text') ?? '';
    const sort = parts.get('sort') ?? '';
    state.down = sort.startsWith('-');
    state.sort = sort.replace(/^-/, '');
    state.page = Math.max(0, (parseInt(parts.get('page'), 10) || 1) - 1);
    return true;
  }

  const update = keepPage => {
    if (!keepPage) state.page = 0;
    filter();
    draw();
    write();
  };

  for (const facet of facets) {
    const counts = new Map();
    for (const row of rows) counts.set(facet.value(row), (counts.get(facet.value(row)) ?? 0) + 1);
    const label = make('label', facet.name + ' '), select = make('select');
    select.id = 'filter-' + facet.name;
    const all = make('option', 'all');
    all.value = '';
    select.append(all);
    for (const [value, count] of [...counts].sort((a, b) => a[0].localeCompare(b[0], 'en', { numeric: true }))) {
      const option = make('option', value + ' (' + count + ')');
      option.value = value;
      select.append(option);
    }
    select.addEventListener('change', () => { state.chosen[facet.name] = select.value; update(); });
    label.append(select);
    byId('runs-filters').append(label);
  }
  const label = make('label', 'text '), input = make('input');
  input.type = 'search';
  input.id = 'filter-text';
  input.placeholder = 'case, error, word \u2026';
  let wait = 0;
  input.addEventListener('input', () => { clearTimeout(wait); wait = setTimeout(() => { state.text = input.value; update(); }, 80); });
  label.append(input);
  const reset = make('button', 'show all');
  reset.type = 'button';
  reset.addEventListener('click', () => {
    for (const facet of facets) byId('filter-' + facet.name).value = state.chosen[facet.name] = '';
    input.value = state.text = state.sort = '';
    state.down = false;
    update();
  });
  byId('runs-filters').append(label, reset);

  const head = make('tr');
  for (const column of columns) {
    const cell = make('th', undefined, column.isNumber ? 'n' : ''), button = make('button', column.name);
    cell.dataset.name = column.name;
    cell.scope = 'col';
    button.type = 'button';
    button.addEventListener('click', () => {
      if (state.sort === column.name && state.down) { state.sort = ''; state.down = false; }
      else { state.down = state.sort === column.name; state.sort = column.name; }
      update();
    });
    cell.append(button);
    head.append(cell);
  }
  byId('runs-table').tHead.replaceChildren(head);
  const turn = by => { state.page += by; update(true); byId('runs').scrollIntoView(); };
  byId('runs-back').addEventListener('click', () => turn(-1));
  byId('runs-on').addEventListener('click', () => turn(1));
  window.addEventListener('hashchange', () => { if (read()) { filter(); draw(); } });
  const wasChosen = read();
  filter();
  draw();
  if (wasChosen) byId('runs').scrollIntoView();
})();
