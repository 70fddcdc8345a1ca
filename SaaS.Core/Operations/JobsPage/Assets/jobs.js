// Updates the page, asks for confirmation, shows relative times, and filters the jobs. Without this script the page is complete, as of
// when it was loaded.
"use strict";

const byId = id => document.getElementById(id);

// ---- Times: relative, or exact while the button of the header is pressed; the exact time is also shown on hover ----------

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const units = [["day", 86400], ["hour", 3600], ["minute", 60]];

function fromNow(at) {
  const seconds = (Date.parse(at) - Date.now()) / 1000;
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return relative.format(Math.trunc(seconds / size), unit);
}

function showTimes() {
  const exact = byId("exact-times")?.ariaPressed === "true";
  for (const time of document.querySelectorAll("time")) {
    const text = exact ? time.title : fromNow(time.dateTime);
    if (time.textContent !== text) {
      time.textContent = text;
    }
  }
}

if (byId("exact-times")) {
  const button = byId("exact-times");
  button.hidden = !document.querySelector("time");
  button.ariaPressed = String(localStorage.getItem("exact-times") === "true");
  button.addEventListener("click", () => {
    button.ariaPressed = String(button.ariaPressed !== "true");
    localStorage.setItem("exact-times", button.ariaPressed);
    showTimes();
  });
}

// ---- Updates replace only what has changed, so that the focus, the selection and the scroll position stay -----------------

function morph(now, next) {
  if (now.nodeName !== next.nodeName) {
    now.replaceWith(next);
    return;
  }

  if (now.nodeType === Node.TEXT_NODE) {
    if (now.data !== next.data) {
      now.data = next.data;
    }
    return;
  }

  for (const { name, value } of next.attributes) {
    if (now.getAttribute(name) !== value && !(name === "hidden" && now.closest("#jobs"))) {
      now.setAttribute(name, value);
    }
  }
  for (const { name } of [...now.attributes]) {
    if (!next.hasAttribute(name) && name !== "hidden" && name !== "open") { // the operator's own choices
      now.removeAttribute(name);
    }
  }

  if (now.nodeName === "TIME") {
    return; // its text is set by showTimes
  }

  let place = now.firstChild;
  for (const child of [...next.childNodes]) {
    const same = child.id ? [...now.children].find(candidate => candidate.id === child.id) : place?.nodeName === child.nodeName && !place.id ? place : null;
    if (!same) {
      now.insertBefore(child, place);
      continue;
    }

    if (same === place) {
      place = place.nextSibling;
    } else {
      now.insertBefore(same, place);
    }
    morph(same, child);
  }
  while (place) {
    const rest = place;
    place = place.nextSibling;
    rest.remove();
  }
}

function follow(path) {
  const live = byId("live");
  const showState = (text, lost) => {
    live.hidden = false;
    live.textContent = text;
    live.classList.toggle("lost", lost);
  };

  const updates = new EventSource(path);
  updates.onopen = () => showState("Live", false);
  updates.onerror = () => showState(updates.readyState === EventSource.CLOSED ? "Not live: load the page again" : "Not live: connecting …", true);
  updates.addEventListener("unavailable", () => showState("Not live: the database is unavailable", true));
  updates.addEventListener("ended", () => location.assign("/jobs/sign-in"));
  updates.addEventListener("section", event => {
    const holder = document.createElement("template");
    holder.innerHTML = event.data;
    const section = holder.content.firstElementChild;
    const focused = document.activeElement;
    morph(byId(section.id), section);
    if (focused !== document.activeElement && focused.isConnected) {
      focused.focus({ preventScroll: true }); // an element that is moved loses the focus
    }
    showState("Live", false);
    showTimes();
    filter();
  });
  addEventListener("pagehide", () => updates.close());
}

// ---- Buttons ask for confirmation, and show the result -----------------------------------------------------------------

function showMessage(text, isError = false) {
  byId("message").textContent = text;
  byId("message").className = isError ? "message error" : "message";
  clearTimeout(showMessage.timer);
  showMessage.timer = setTimeout(() => { byId("message").textContent = ""; }, 6000);
}

function confirmAction(form) {
  const dialog = byId("confirm");
  byId("question").textContent = form.dataset.question;
  byId("consequence").textContent = form.dataset.consequence;
  byId("yes").textContent = form.dataset.yes;
  byId("yes").className = "danger" in form.dataset ? "danger" : "primary";
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise(done => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}

document.addEventListener("submit", async event => {
  const form = event.target;
  if (!form.dataset.question) {
    return;
  }

  event.preventDefault();
  if (!await confirmAction(form)) {
    return;
  }

  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const response = await fetch(form.action, { method: "POST", headers: { Accept: "text/plain" } });
    if (response.status === 401) {
      location.assign("/jobs/sign-in");
      return;
    }
    showMessage(`${await response.text()}.`, !response.ok);
  } catch {
    showMessage("The server does not answer. Try again in a moment.", true);
  }
  button.disabled = false;
});

// ---- Filter: kept in the address, so that it can be bookmarked and shared ------------------------------------------------

function filter() {
  const [name, state] = [byId("filter-name"), byId("filter-state")];
  if (!name) {
    return;
  }

  let shown = 0;
  for (const row of document.querySelectorAll("#jobs tbody tr")) {
    row.hidden = !row.dataset.name.includes(name.value.trim().toLowerCase()) || (state.value !== "" && row.dataset.state !== state.value);
    shown += row.hidden ? 0 : 1;
  }
  byId("nothing-found").hidden = shown > 0;
}

function storeFilter() {
  const wanted = new URLSearchParams();
  for (const control of [byId("filter-name"), byId("filter-state")]) {
    if (control.value) {
      wanted.set(control.name, control.value);
    }
  }
  history.replaceState(null, "", wanted.size > 0 ? `?${wanted}` : location.pathname);
  filter();
}

if (byId("filter")) {
  const wanted = new URLSearchParams(location.search);
  byId("filter-name").value = wanted.get("name") ?? "";
  byId("filter-state").value = wanted.get("state") ?? "";
  byId("filter").hidden = false;
  byId("filter").addEventListener("submit", event => event.preventDefault());
  byId("filter").addEventListener("input", storeFilter);
  byId("filter-reset").addEventListener("click", () => {
    byId("filter").reset();
    storeFilter();
    byId("filter-name").focus();
  });
  filter();
}

showTimes();
setInterval(showTimes, 1000);
if (byId("live")?.dataset.updates) {
  follow(byId("live").dataset.updates);
}
