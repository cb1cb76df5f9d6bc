// The table of a panel: rows come as messages, newest first, and everything is shown as text, never as markup.
//
// To Python:    {kind: "window", first, count}  which rows are looked at, counted from the newest
//               {kind: "select", id}  {kind: "delete", id}  {kind: "clear"}
// From Python:  {kind: "rows", base, version, total, order: [id, …], rows: {id: [cell, …]}}  only changed rows travel
//               {kind: "details", id, title, lines: [[when, text], …]}
// A cell is a text, or {text, tone} for a coloured word, or {time} in milliseconds since 1970.

const WINDOW = 200;

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

function clock(milliseconds, exact) {
  const moment = new Date(milliseconds);
  const two = (number) => String(number).padStart(2, "0");
  const minute = `${two(moment.getHours())}:${two(moment.getMinutes())}`;
  const time = `${minute}:${two(moment.getSeconds())}`;
  const today = moment.toDateString() === new Date().toDateString();
  const day = `${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  if (!exact) return today ? time : `${day} ${minute}`;
  const fine = `${time}.${String(moment.getMilliseconds()).padStart(3, "0")}`;
  return today ? fine : `${moment.getFullYear()}-${day} ${fine}`;
}

function shown(cell) {
  if (typeof cell === "string") return cell;
  return "time" in cell ? clock(cell.time, false) : cell.text;
}

function hint(cell) {
  return typeof cell === "object" && "time" in cell ? new Date(cell.time).toISOString() : shown(cell);
}

class Table {
  constructor(model, host) {
    this.model = model;
    this.columns = model.get("columns");
    this.rows = new Map(); // id -> {tr, key}
    this.version = 0;
    this.selected = null;
    this.build(host);
    this.listener = (message) => this.receive(message);
    model.on("msg:custom", this.listener);
    this.ask();
  }

  remove() {
    this.model.off("msg:custom", this.listener);
  }

  ask() {
    this.model.send({ kind: "window", first: 0, count: WINDOW });
  }

  build(host) {
    const root = element("div", "smppkit-table");
    root.dataset.lmSuppressShortcuts = "true"; // keys pressed here are ours, not the notebook's
    const head = element("div", "smppkit-head");
    this.count = element("div", "smppkit-count");
    this.count.setAttribute("role", "status");
    this.clear = element("button", "smppkit-button", "Clear");
    this.clear.type = "button";
    this.clear.title = `Clear ${this.model.get("label")}: hide all its rows`;
    this.clear.addEventListener("click", () => this.model.send({ kind: "clear" }));
    head.append(this.count, this.clear);
    this.frame = element("div", "smppkit-frame");
    this.table = element("table");
    this.table.setAttribute("aria-label", this.model.get("label"));
    this.body = element("tbody");
    this.table.append(this.heading(), this.body);
    this.empty = element("div", "smppkit-empty");
    this.frame.append(this.table, this.empty);
    this.details = element("div", "smppkit-details");
    this.details.hidden = true;
    root.append(head, this.frame, this.details);
    root.addEventListener("keydown", (event) => this.key(event));
    host.append(root);
    this.show();
  }

  heading() {
    const line = element("tr");
    for (const column of this.columns) {
      const cell = element("th", column.roomy ? "smppkit-roomy" : "", column.label);
      cell.scope = "col";
      cell.style.width = column.width;
      if (column.hint) cell.title = column.hint;
      line.append(cell);
    }
    const last = element("th", "smppkit-last");
    last.style.width = "32px";
    line.append(last);
    const head = element("thead");
    head.append(line);
    return head;
  }

  receive(message) {
    if (message.kind === "rows") this.update(message);
    else if (message.kind === "details") this.explain(message);
  }

  update(message) {
    if (message.base !== 0 && message.base !== this.version) {
      if (message.version !== this.version) this.ask(); // a message was lost on the way: begin again
      return;
    }
    this.version = message.version;
    this.total = message.total;
    const wanted = new Set(message.order);
    for (const [id, row] of this.rows) {
      if (!wanted.has(id)) {
        row.tr.remove();
        this.rows.delete(id);
      }
    }
    let next = this.body.firstChild;
    for (const id of message.order) {
      const row = this.rows.get(id) ?? this.add(id);
      const cells = message.rows[id];
      if (cells) this.fill(row, cells);
      if (row.tr === next) next = next.nextSibling;
      else this.body.insertBefore(row.tr, next);
    }
    if (this.selected !== null && !wanted.has(this.selected)) this.select(null);
    this.show();
  }

  add(id) {
    const tr = element("tr");
    tr.tabIndex = 0;
    tr.setAttribute("aria-selected", "false");
    tr.addEventListener("click", () => this.select(this.selected === id ? null : id));
    const row = { tr, id };
    this.rows.set(id, row);
    return row;
  }

  fill(row, cells) {
    row.tr.removeAttribute("aria-busy");
    const made = cells.map((cell, at) => {
      const { exact, roomy } = this.columns[at];
      const td = element("td", `${exact ? "smppkit-exact " : ""}${roomy ? "smppkit-roomy" : ""}`);
      const tone = typeof cell === "object" ? cell.tone : "";
      if (tone && shown(cell)) td.append(element("span", `smppkit-pill smppkit-${tone}`, shown(cell)));
      else td.textContent = shown(cell);
      td.title = hint(cell);
      return td;
    });
    const last = element("td", "smppkit-last");
    const button = element("button", "smppkit-delete", "×");
    button.type = "button";
    button.title = "Delete this row";
    button.tabIndex = -1; // the key Delete on the row does the same
    button.setAttribute("aria-label", "Delete this row");
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      this.drop(row);
    });
    last.append(button);
    row.tr.replaceChildren(...made, last);
  }

  drop(row) {
    row.tr.setAttribute("aria-busy", "true");
    this.model.send({ kind: "delete", id: row.id });
  }

  select(id) {
    this.rows.get(this.selected)?.tr.setAttribute("aria-selected", "false");
    this.selected = id;
    this.rows.get(id)?.tr.setAttribute("aria-selected", "true");
    if (id === null) this.details.hidden = true;
    this.model.send({ kind: "select", id });
  }

  explain(message) {
    if (message.id !== this.selected) return;
    const list = element("dl");
    for (const [when, text] of message.lines) {
      const term = element("dt", "", typeof when === "number" ? clock(when, true) : when);
      if (typeof when === "number") term.title = new Date(when).toISOString();
      list.append(term, element("dd", "", text));
    }
    this.details.replaceChildren(element("h4", "", message.title), list);
    this.details.hidden = false;
  }

  key(event) {
    const tr = event.target.closest("tbody tr");
    const row = tr && [...this.rows.values()].find((one) => one.tr === tr);
    if (!row || event.target !== tr) return;
    const to = { ArrowDown: tr.nextSibling, ArrowUp: tr.previousSibling }[event.key];
    if (to) to.focus();
    else if (event.key === "Enter" || event.key === " ") this.select(this.selected === row.id ? null : row.id);
    else if (event.key === "Delete") {
      (tr.nextSibling ?? tr.previousSibling)?.focus();
      this.drop(row);
    } else return;
    event.preventDefault();
  }

  show() {
    const here = this.rows.size;
    const total = this.total ?? 0;
    this.empty.hidden = here > 0;
    this.empty.textContent = this.total === undefined ? "waiting for Python, which is busy" : this.model.get("empty");
    this.table.hidden = here === 0;
    this.clear.disabled = here === 0;
    const many = total === 1 ? "1 message" : `${total.toLocaleString("en")} messages`;
    if (here === 0) this.count.textContent = "";
    else this.count.textContent = here < total ? `latest ${here} of ${total.toLocaleString("en")} messages` : many;
  }
}

export default {
  render({ model, el }) {
    const table = new Table(model, el);
    return () => table.remove();
  },
};
