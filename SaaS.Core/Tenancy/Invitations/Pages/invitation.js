// The page of an invitation. The token follows #; it is answered only when the user presses a button, so that a link scanner of a mail
// program changes nothing.
"use strict";

const roles = { viewer: "a viewer", user: "a user", admin: "an administrator" };
const byId = id => document.getElementById(id);
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname); // the token does not stay in the address bar
let address = "";

function showOutcome(text, kind = "") {
  byId("outcome").textContent = text;
  byId("outcome").className = `notice ${kind}`;
}

function finish(text) {
  byId("choice").hidden = true;
  byId("lead").hidden = true;
  byId("text").hidden = true;
  showOutcome(text, "success");
}

async function post(path, body, accessToken) {
  const headers = { "Content-Type": "application/json" };
  if (accessToken) {
    headers.Authorization = `Bearer ${accessToken}`;
  }

  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const content = await response.json();
  if (response.ok) {
    return content;
  }

  const details = Object.values(content.error?.details ?? {}).flat();
  throw new Refusal(details.length > 0 ? details.join(" ") : `${content.message}.`);
}

class Refusal extends Error {}

// Runs an action with the buttons disabled, and shows why it was refused.
async function run(action) {
  const buttons = document.querySelectorAll("button");
  buttons.forEach(button => { button.disabled = true; });
  showOutcome("One moment …");
  try {
    await action();
  } catch (error) {
    showOutcome(error instanceof Refusal ? error.message : "The server is not responding. Try again in a moment.", "error");
  }
  buttons.forEach(button => { button.disabled = false; });
}

function showRegistration(isNew) {
  byId("sign-in").hidden = isNew;
  byId("register").hidden = !isNew;
  byId("other").textContent = isNew ? "I have an account already" : "I have no account yet";
  showOutcome("");
}

byId("other").addEventListener("click", () => {
  showRegistration(byId("register").hidden);
  byId(byId("register").hidden ? "password" : "first-name").focus();
});

// Signs in with the password and, where the account has one, the second factor.
async function signIn() {
  const code = byId("code").value.trim();
  const answer = await post("/api/auth/login", { email: address, password: byId("password").value });
  if (!answer.mfa_required) {
    return answer;
  }

  if (!answer.methods.some(method => method !== "passkey")) {
    throw new Refusal("Your account has a passkey: sign in to it, and accept the invitation there.");
  }

  if (!code) {
    byId("factor").hidden = false;
    byId("code").required = true;
    showOutcome("Your account has a second factor. Enter its code.");
    byId("code").focus();
    return null;
  }

  return await post(`/api/auth/mfa/${/^[0-9]{6}$/.test(code) ? "totp" : "recovery"}`, { mfa_token: answer.mfa_token, code });
}

byId("sign-in").addEventListener("submit", event => {
  event.preventDefault();
  run(async () => {
    const session = await signIn();
    if (!session) {
      return;
    }

    try {
      await post("/api/invitations/accept", { token }, session.access_token);
    } finally {
      await post("/api/auth/logout", { refresh_token: session.refresh_token }, session.access_token); // the page keeps no session
    }
    finish("Welcome. You are a member now; you can close this page and sign in.");
  });
});

byId("register").addEventListener("submit", event => {
  event.preventDefault();
  run(async () => {
    await post("/api/invitations/register", {
      token, first_name: byId("first-name").value, last_name: byId("last-name").value, password: byId("new-password").value,
    });
    finish("Welcome. Your account is ready and you are a member now; you can close this page and sign in.");
  });
});

byId("decline").addEventListener("click", () => run(async () => {
  await post("/api/invitations/decline", { token });
  finish("You have declined the invitation; you can close this page.");
}));

run(async () => {
  if (!token) {
    byId("lead").hidden = true;
    throw new Refusal("This link is incomplete. Open it from the mail again, or copy the complete link.");
  }

  let invitation;
  try {
    invitation = (await post("/api/invitations/preview", { token })).data;
  } catch (error) {
    byId("lead").hidden = true;
    throw error;
  }

  address = invitation.email;
  byId("lead").textContent = `${invitation.invited_by} invites you to join “${invitation.tenant_name}” as ${roles[invitation.role]}.`;
  byId("text").textContent = invitation.message ?? "";
  byId("text").hidden = !invitation.message;
  byId("address").textContent = invitation.email;
  byId("choice").hidden = false;
  showOutcome("");
});
