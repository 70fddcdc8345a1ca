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

function tell(text, kind) {
  byId("outcome").textContent = text;
  byId("outcome").className = kind;
}

function make(name, attributes, text) {
  const element = Object.assign(document.createElement(name), { textContent: text ?? "" });
  Object.entries(attributes).forEach(([attribute, value]) => element.setAttribute(attribute, value));
  return element;
}

// Asks for the account's password, or for a new one, which ends all sessions.
function takePassword(isNew) {
  page.takesPassword = isNew;
  byId("passwords").hidden = !isNew;
  byId("password").required = byId("again").required = isNew;
  byId("current").hidden = isNew || !page.asksForPassword;
  byId("current").replaceChildren(); // a hidden field must be neither filled in nor required
  if (byId("current").hidden) {
    return;
  }

  const other = make("button", { id: "other", type: "button" }, "I have no password, or do not know it");
  other.addEventListener("click", () => {
    takePassword(true);
    tell("Choose a password. It takes effect at once and ends all other sessions.", "hint");
    byId("password").focus();
  });
  byId("current").append(
    make("label", { for: "known" }, "Your password"),
    make("input", { id: "known", type: "password", autocomplete: "current-password", maxlength: "256", required: "", "aria-describedby": "why" }),
    make("p", { id: "why", class: "hint" }, "It proves that the account is yours, not only the mailbox."),
    other);
}

document.title = page.title;
byId("title").textContent = page.title;
byId("lead").textContent = page.lead;
byId("go").textContent = page.button;
takePassword(Boolean(page.takesPassword));
byId("form").hidden = !token;
if (!token) {
  tell("This link is incomplete. Open it from the mail again, or copy the complete link.", "bad");
}

byId("form").addEventListener("submit", async event => {
  event.preventDefault();
  if (page.takesPassword && byId("password").value !== byId("again").value) {
    tell("The two passwords differ.", "bad");
    byId("again").focus();
    return;
  }

  byId("go").disabled = true;
  tell("One moment …", "hint");
  try {
    const body = page.takesPassword ? { token, new_password: byId("password").value }
      : page.asksForPassword ? { token, password: byId("known").value }
      : { token };
    const answer = await fetch(page.path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const said = await answer.json();
    if (answer.ok) {
      byId("form").hidden = true;
      byId("lead").hidden = true;
      tell(page.done, "good");
      return;
    }

    const details = Object.values(said.error?.details ?? {}).flat();
    tell(details.length > 0 ? details.join(" ") : `${said.message}.`, "bad");
  } catch {
    tell("The server is not responding. Try again in a moment.", "bad");
  }
  byId("go").disabled = false;
});
