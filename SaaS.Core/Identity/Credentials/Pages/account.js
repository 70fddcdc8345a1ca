// The page of a mailed link. The token follows # and is sent only when the user presses the button, so that a link scanner of a
// mail program does not use it up.
"use strict";

const pages = {
  "verify-email": {
    title: "Confirm your e-mail address", lead: "Confirm that this address is yours.", button: "Confirm address",
    path: "/api/auth/verify-email", done: "Thank you. Your e-mail address is confirmed; you can close this page.", asksForPassword: true,
  },
  "change-email": {
    title: "Confirm your new e-mail address", lead: "Your account uses this address once you confirm it.", button: "Use this address",
    path: "/api/auth/confirm-email", done: "Done. From now on you sign in with this address.", asksForPassword: true,
  },
  "reset-password": {
    title: "Choose a new password", lead: "It takes effect at once, and signs you out everywhere.", button: "Set password",
    path: "/api/auth/reset-password", done: "Done. Sign in with your new password.", takesPassword: true,
  },
};

const byId = id => document.getElementById(id);
const page = pages[location.pathname.split("/").pop()];
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname); // the token does not stay in the address bar

function showOutcome(text, kind = "") {
  byId("outcome").textContent = text;
  byId("outcome").className = `notice ${kind}`;
}

function createElement(name, attributes, ...content) {
  const element = document.createElement(name);
  Object.entries(attributes).forEach(([attribute, value]) => element.setAttribute(attribute, value));
  element.append(...content);
  return element;
}

// Asks for the account's password, or for a new one, which ends all sessions.
function askForPassword(isNew) {
  page.takesPassword = isNew;
  byId("passwords").hidden = !isNew;
  byId("password").required = byId("again").required = isNew;
  byId("current").hidden = isNew || !page.asksForPassword;
  byId("current").replaceChildren(); // a hidden field must be neither filled in nor required
  if (byId("current").hidden) {
    return;
  }

  const other = createElement("button", { id: "other", type: "button" }, "I have no password, or do not know it");
  other.addEventListener("click", () => {
    askForPassword(true);
    showOutcome("Choose a password. It takes effect at once and ends all other sessions.");
    byId("password").focus();
  });
  byId("current").append(
    createElement("div", { class: "field" },
      createElement("label", { for: "known" }, "Your password"),
      createElement("input", { id: "known", type: "password", autocomplete: "current-password", maxlength: "256", required: "", "aria-describedby": "why" }),
      createElement("p", { id: "why", class: "hint" }, "It proves that the account is yours, not only the mailbox.")),
    other);
}

document.title = document.title.replace(byId("title").textContent, page.title);
byId("title").textContent = page.title;
byId("lead").textContent = page.lead;
byId("go").textContent = page.button;
askForPassword(Boolean(page.takesPassword));
byId("form").hidden = !token;
if (!token) {
  showOutcome("This link is incomplete. Open it from the mail again, or copy the complete link.", "error");
}

byId("form").addEventListener("submit", async event => {
  event.preventDefault();
  if (page.takesPassword && byId("password").value !== byId("again").value) {
    showOutcome("The two passwords differ.", "error");
    byId("again").focus();
    return;
  }

  byId("go").disabled = true;
  showOutcome("One moment …");
  try {
    const body = page.takesPassword ? { token, new_password: byId("password").value }
      : page.asksForPassword ? { token, password: byId("known").value }
      : { token };
    const response = await fetch(page.path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const problem = await response.json();
    if (response.ok) {
      byId("form").hidden = true;
      byId("lead").hidden = true;
      showOutcome(page.done, "success");
      return;
    }

    const details = Object.values(problem.error?.details ?? {}).flat();
    showOutcome(details.length > 0 ? details.join(" ") : `${problem.message}.`, "error");
  } catch {
    showOutcome("The server is not responding. Try again in a moment.", "error");
  }
  byId("go").disabled = false;
});
