// Keeps the page fresh, asks before a button does something, tells times as people do, and filters the jobs. Without this
// script the page is the same, as of when it was loaded.
"use strict";

const byId = id => document.getElementById(id);

// ---- Times: how long ago, with the exact time on hover ---------------------------------------------------------------

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const units = [["day", 86400], ["hour", 3600], ["minute", 60]];

function fromNow(at) {
  const seconds = (Date.parse(at) - Date.now()) / 1000;
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return relative.format(Math.trunc(seconds / size), unit);
}

function tellTimes() {
  for (const time of document.querySelectorAll("time")) {
    const words = fromNow(time.dateTime);
    if (time.textContent !== words) {
      time.textContent = words;
    }
  }
}

// ---- What has changed is put in, the rest stays: so do the focus, what is selected and where one has scrolled to -------

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
    if (!next.hasAttribute(name) && name !== "hidden") {
      now.removeAttribute(name);
    }
  }

  if (now.nodeName === "TIME") {
    return; // its words are ours
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
  const tell = (words, lost) => {
    live.hidden = false;
    live.textContent = words;
    live.classList.toggle("lost", lost);
  };

  const updates = new EventSource(path);
  updates.onopen = () => tell("Live", false);
  updates.onerror = () => tell(updates.readyState === EventSource.CLOSED ? "Not live: load the page again" : "Not live: connecting …", true);
  updates.addEventListener("trouble", () => tell("Not live: the database does not answer", true));
  updates.addEventListener("ended", () => location.assign("/jobs/sign-in"));
  updates.addEventListener("section", event => {
    const holder = document.createElement("template");
    holder.innerHTML = event.data;
    const section = holder.content.firstElementChild;
    morph(byId(section.id), section);
    tell("Live", false);
    tellTimes();
    filter();
  });
  addEventListener("pagehide", () => updates.close());
}

// ---- Buttons ask first, and say how it went ----------------------------------------------------------------------------

function say(words, good) {
  byId("said").textContent = words;
  byId("said").className = good ? "" : "bad";
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { byId("said").textContent = ""; }, 6000);
}

function confirmed(form) {
  const dialog = byId("confirm");
  byId("question").textContent = form.dataset.question;
  byId("consequence").textContent = form.dataset.consequence;
  byId("yes").textContent = form.dataset.yes;
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
  if (!await confirmed(form)) {
    return;
  }

  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", headers: { Accept: "text/plain" } });
    if (answer.status === 401) {
      location.assign("/jobs/sign-in");
      return;
    }
    say(`${await answer.text()}.`, answer.ok);
  } catch {
    say("The server does not answer just now. Try again in a moment.", false);
  }
  button.disabled = false;
});

// ---- Filter: stands in the address, so that it can be kept and shared ---------------------------------------------------

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

function keepFilter() {
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
  byId("filter").addEventListener("input", keepFilter);
  byId("filter-reset").addEventListener("click", () => {
    byId("filter").reset();
    keepFilter();
    byId("filter-name").focus();
  });
  filter();
}

tellTimes();
setInterval(tellTimes, 1000);
if (document.body.dataset.updates) {
  follow(document.body.dataset.updates);
}
