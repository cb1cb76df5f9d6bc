// The form that sends one message. What was typed travels with the click, so that what goes out is what stands there,
// however busy the kernel is. Everything from Python is shown as text, never as markup.
//
// To Python:    {kind: "hello"}  {kind: "draft", revision, fields}  {kind: "send", ticket, fields, again}
// From Python:  {kind: "fields", fields}                   what was typed last, for a view that comes later
//               {kind: "plan", revision, sizes, pieces: [[text, why], …], reasons, tone}
//               {kind: "state", allowed, why, busy, spent, text, tone, ticket}    spent: the fields that went out

const PAUSE = 120; // milliseconds without a key before the plan is asked for

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

class Form {
  constructor(model, host) {
    this.model = model;
    this.revision = 0;
    this.ticket = ""; // of the click that has no answer yet
    this.state = { allowed: false, busy: false, spent: null, text: "", why: "waiting for Python, which is busy" };
    this.prefix = `smppkit-form-${Math.random().toString(36).slice(2)}`; // each form has a copy of this module
    this.build(host);
    this.listener = (message) => this.receive(message);
    model.on("msg:custom", this.listener);
    model.send({ kind: "hello" });
    this.show();
  }

  remove() {
    clearTimeout(this.timer);
    this.model.off("msg:custom", this.listener);
  }

  // --- what stands on the page ---

  build(host) {
    this.root = element("div", "smppkit-send");
    this.root.dataset.lmSuppressShortcuts = "true"; // keys pressed here are ours, not the notebook's
    this.form = element("form");
    this.form.noValidate = true;
    this.inputs = {
      number: this.line("number", "Number", "+32 471 123456"),
      sender: this.line("sender", "Sender", this.model.get("sender")),
    };
    const text = element("textarea");
    text.id = `${this.prefix}-text`;
    text.rows = 3;
    text.spellcheck = false;
    const label = element("label", "", "Text");
    label.htmlFor = text.id;
    this.inputs.text = text;
    this.plan = element("div", "smppkit-plan");
    this.plan.setAttribute("role", "status");
    this.plan.setAttribute("aria-label", "Plan");
    this.status = element("div", "smppkit-status");
    this.status.setAttribute("role", "status");
    this.status.setAttribute("aria-label", "Outcome");
    this.form.append(label, text, this.plan, this.options(), this.status);
    this.root.append(this.form);
    host.append(this.root);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(false);
    });
    this.form.addEventListener("input", () => this.typed());
    this.form.addEventListener("keydown", (event) => {
      const meant = event.target === text ? event.ctrlKey || event.metaKey : event.target.type === "text";
      if (event.key !== "Enter" || !meant) return;
      event.preventDefault();
      this.send(false);
    });
  }

  line(name, title, placeholder) {
    const input = element("input");
    input.type = "text";
    input.id = `${this.prefix}-${name}`;
    input.placeholder = placeholder;
    input.autocomplete = "off";
    input.spellcheck = false;
    const label = element("label", "", title);
    label.htmlFor = input.id;
    this.form.append(label, input);
    return input;
  }

  options() {
    const box = element("div", "smppkit-options");
    this.inputs.receipt = this.option(box, "checkbox", "Receipt", "Ask for a delivery receipt");
    this.inputs.receipt.checked = true;
    this.inputs.flash = this.option(box, "checkbox", "Flash", "Show it at once and keep nothing (message class 0)");
    this.inputs.validity = this.option(box, "text", "Validity", "Seconds until it expires; blank: the provider decides");
    this.inputs.validity.inputMode = "numeric";
    this.inputs.validity.after("s");
    const buttons = element("div", "smppkit-buttons");
    this.again = element("button", "smppkit-button", "Send again");
    this.again.type = "button";
    this.again.addEventListener("click", () => this.send(true));
    this.button = element("button", "smppkit-button smppkit-main", "Send");
    this.button.type = "submit";
    buttons.append(this.again, this.button);
    box.append(buttons);
    return box;
  }

  option(box, type, title, hint) {
    const label = element("label");
    const input = element("input");
    input.type = type;
    input.title = label.title = hint;
    if (type === "checkbox") label.append(input, title);
    else label.append(title, input);
    box.append(label);
    return input;
  }

  // --- what is typed and clicked ---

  fields() {
    const { number, sender, text, receipt, flash, validity } = this.inputs;
    return {
      number: number.value.trim(),
      sender: sender.value.trim(),
      text: text.value,
      receipt: receipt.checked,
      flash: flash.checked,
      validity: validity.value.trim(),
    };
  }

  typed() {
    this.touched = true;
    this.show();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.revision += 1;
      this.model.send({ kind: "draft", revision: this.revision, fields: this.fields() });
    }, PAUSE);
  }

  same() {
    const { spent } = this.state;
    const now = this.fields();
    return spent !== null && Object.keys(now).every((name) => now[name] === spent[name]);
  }

  send(again) {
    const button = again ? this.again : this.button;
    if (button.disabled) return;
    this.ticket = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    this.model.send({ kind: "send", ticket: this.ticket, fields: this.fields(), again });
    this.show();
  }

  // --- what Python says ---

  receive(message) {
    if (message.kind === "plan") this.showPlan(message);
    else if (message.kind === "fields") this.restore(message.fields);
    else if (message.kind === "state") {
      this.state = message;
      if (message.ticket === this.ticket) this.ticket = "";
      this.show();
    }
  }

  restore(fields) {
    if (this.touched) return; // somebody types here: what stands here is right
    for (const [name, value] of Object.entries(fields)) {
      const input = this.inputs[name];
      if (typeof value === "boolean") input.checked = value;
      else input.value = value;
    }
    this.show();
  }

  showPlan({ revision, sizes, pieces, reasons, tone }) {
    if (this.touched && revision !== this.revision) return;
    const parts = [element("span", `smppkit-sizes smppkit-${tone}`, sizes)];
    if (pieces.length) {
      const marked = element("div", "smppkit-marked");
      for (const [text, why] of pieces) {
        const piece = element(why ? "mark" : "span", "", text);
        if (why) piece.title = why;
        marked.append(piece);
      }
      parts.push(marked);
    }
    for (const reason of reasons) parts.push(element("div", "smppkit-reason", reason));
    this.plan.replaceChildren(...parts);
  }

  show() {
    const { allowed, why, busy, spent, text, tone } = this.state;
    const waiting = busy || this.ticket !== "";
    const same = this.same();
    this.button.disabled = !allowed || waiting || same;
    this.again.disabled = !allowed || waiting || spent === null;
    const reason = allowed ? "" : why;
    this.button.title = reason || (same ? "Sent already: change the form, or send again" : "Send the message");
    this.again.title = reason || "Send what stands here once more";
    const shown = this.ticket !== "" ? "sending…" : text || reason;
    const more = reason && text ? reason : "";
    if (this.said === shown + more) return; // said once: it is read aloud
    this.said = shown + more;
    this.status.className = `smppkit-status smppkit-${this.ticket !== "" || !text ? "faint" : tone}`;
    this.status.replaceChildren(shown, ...(more ? [element("div", "smppkit-faint", more)] : []));
  }
}

export default {
  render({ model, el }) {
    const form = new Form(model, el);
    return () => form.remove();
  },
};
