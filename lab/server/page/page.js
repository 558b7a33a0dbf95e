// One script for all regions; each runs it with its own `region` and `events`. It sends what a visitor does and moves
// the focus; it makes no content.
const page = document.body.dataset;
const send = (name, data) => { page.busy = "yes"; trigger(name, data); };
const isPhone = () => window.matchMedia("(max-width: 56rem)").matches;
const calmly = () => (window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");

function say(sentence, field) {
  const status = document.querySelector("#status .feedback");
  if (status) status.textContent = sentence;
  if (field) field.focus();
}

// The parameters that an action takes: from its own form, or the service that is chosen once for all.
function taken(names, form) {
  const parameters = {};
  for (const name of names) {
    const own = form ? form.elements.namedItem(name) : null;
    const shared = own ? null : element.querySelector(`input[type=radio][name=${name}]:checked`);
    const value = own ? own.value.trim() : shared ? shared.value : "";
    if (!own && !value) {
      say(`Choose a ${name} first.`, element.querySelector(`input[type=radio][name=${name}]`));
      return null;
    }
    if (value) parameters[name] = own && own.type === "number" ? Number(value) : value;
  }
  return parameters;
}

function act(button, form) {
  if (page.busy) return;
  const parameters = taken(button.dataset.takes.split(" ").filter(Boolean), form);
  if (parameters === null) return;
  say(`${button.textContent} …`);
  page.acted = "yes";
  send("act", { action_type: button.dataset.action, parameters });
}

element.addEventListener("click", (click) => {
  const button = click.target.closest("button");
  if (button?.role === "tab") choose(button, false);
  if (button?.dataset.go) document.getElementById(button.dataset.go).scrollIntoView({ behavior: calmly() });
  if (!button || page.busy) return;
  if (button.dataset.leave !== undefined) send("leave", {});
  else if (button.classList.contains("card")) {
    page.begun = "yes";
    say("The incident is made ready …");
    const { scenarioId, blind } = button.dataset;
    send("begin", blind ? { task_id: blind, blind: true } : { scenario_id: scenarioId });
  } else if (button.dataset.action && button.type !== "submit") act(button, null);
});

element.addEventListener("submit", (submit) => {
  submit.preventDefault();
  act(submit.target.querySelector("button[data-action]"), submit.target);
});

if (region === "status") {
  element.setAttribute("role", "status");
  element.setAttribute("aria-live", "polite");
  element.setAttribute("aria-atomic", "true");
}

// Tabs: one panel at a time, by click and by arrow keys.
function choose(tab, focus) {
  for (const other of document.querySelectorAll("[role=tab]")) {
    const mine = other === tab;
    other.setAttribute("aria-selected", mine);
    other.tabIndex = mine ? 0 : -1;
    const panel = document.getElementById(other.getAttribute("aria-controls"));
    if (panel) panel.hidden = !mine;
  }
  if (focus) tab.focus();
}

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };
element.addEventListener("keydown", (press) => {
  const tab = press.target.closest("[role=tab]");
  if (!tab || !(press.key in STEPS || press.key === "Home" || press.key === "End")) return;
  const all = [...element.querySelectorAll("[role=tab]")];
  const next = press.key === "Home" ? 0 : press.key === "End" ? all.length - 1 : all.indexOf(tab) + STEPS[press.key];
  press.preventDefault();
  choose(all[(next + all.length) % all.length], true);
});

// Where an answer came, its tab is shown; on a phone it stands below the buttons, out of sight.
function answered(name) {
  const tab = document.getElementById(`tab-${name}`);
  if (tab) choose(tab, false);
  const right = document.getElementById("right");
  if (right) right.scrollTop = 0;
  if (page.acted && right && isPhone()) right.scrollIntoView({ block: "start", behavior: calmly() });
  delete page.acted;
}

// `first` is how a region stands when the page opens: an episode that its address names is not there yet.
function settle(first) {
  if (region === "status" && !element.querySelector("[data-waiting]")) delete page.busy;
  else if (region === "views" || region === "tabs") {
    // Whichever of the two comes last finds the other.
    const shown = document.querySelector("#views [data-tab]");
    if (shown) answered(shown.dataset.tab);
  } else if (region === "alert" && page.begun) {
    const title = document.getElementById("alert-title");
    if (!title) return;
    delete page.begun;
    title.focus();
  } else if (region === "head") {
    const mark = element.querySelector("[data-episode]");
    if (!mark) return;
    const address = new URL(window.location.href);
    if (mark.dataset.episode) address.searchParams.set("episode", mark.dataset.episode);
    else if (!first) address.searchParams.delete("episode");
    window.history.replaceState(null, "", address);
  }
}

settle(true);
watch("value", () => settle(false));
