import { LINK_MS } from "./links";

/** Why somebody stands at the door. */
export interface SignInPage {
  status: 400 | 401 | 403 | 405 | 429;
  why: "asked" | "ended" | "malformed" | "unknown" | "used" | "run-out" | "too-many" | "not-opened" | "method";
  /** To wait, for `too-many`. */
  seconds?: number;
  /** This browser has a session all the same, which a code that failed leaves alone. */
  isSignedIn?: boolean;
}

const MINUTES = LINK_MS / 60_000;

const SAYS: Record<SignInPage["why"], (page: SignInPage) => { title: string; says: string }> = {
  asked: () => ({ title: "Sign in to Padlock", says: "This Padlock is reached over a network, so it is opened by a sign-in link." }),
  ended: () => ({ title: "You are signed out", says: "This session has ended, or Padlock was started again." }),
  malformed: () => ({ title: "That is no sign-in code", says: "A code was cut short or has something added. Copy the whole link." }),
  unknown: () => ({ title: "This code does not fit", says: "It is another Padlock's, from an earlier start, or it was taken back." }),
  used: () => ({ title: "This link was used already", says: "It signs in once. If that was not you, tell whoever started Padlock." }),
  "run-out": () => ({ title: "This link has run out", says: `It is good for ${MINUTES} minutes.` }),
  "too-many": ({ seconds }) => ({ title: "Too many wrong codes", says: `Wait ${seconds} s, then try again.` }),
  "not-opened": () => ({ title: "Open the link itself", says: "A sign-in link works in the address bar only, not inside another page." }),
  method: () => ({ title: "Open the link itself", says: "A sign-in link is only opened, nothing is sent to it." }),
};

/** The page for whoever has no session: how to get in, and nothing of what is inside. No script, no file, no data. */
export function toSignInPage(page: SignInPage): string {
  const { title, says } = SAYS[page.why](page);
  return toDocument(
    title,
    `<h1>${title}</h1>
<p class="says">${says}</p>
${page.isSignedIn ? '<p><a href="/">Go on with the session of this browser</a></p>' : ""}
<h2>To do everything</h2>
<p>Open the link that stands in the terminal where Padlock was started. It is good once and for ${MINUTES} minutes; <b>Enter</b> in that terminal prints the next one. Whoever is signed in as instructor can make one, too, under <b>Invite</b>.</p>
<h2>To look on</h2>
<p>Ask for the room&rsquo;s link, or type its code:</p>
<form action="/enter"><label for="code">Code</label>
<input id="code" name="code" required maxlength="64" autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="abcde-fghij-kmnpq-rstuv">
<button>Look on</button></form>`,
  );
}

/** Between a link on somebody else's page and Padlock. @param to path and query, encoded as URLSearchParams do */
export function toHopPage(to: string): string {
  const href = to.replace(/&/g, "&amp;").replace(/[<>"']/g, "");
  return toDocument("Signing in", `<h1>Signing in &hellip;</h1><p><a href="${href}">Go on</a></p>`, `<meta http-equiv="refresh" content="0;url=${href}">`);
}

/** Colours and sizes are those of app/globals.css, which nobody without a session gets. */
function toDocument(title: string, body: string, head = ""): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${title} · Padlock</title><link rel="icon" href="data:,">${head}
<style>
:root{color-scheme:light dark;--bg:light-dark(#f5f6f8,#0d1117);--surface:light-dark(#fff,#151b23);--ink:light-dark(#12161c,#eef2f7);--muted:light-dark(#55606e,#a4afbd);--line:light-dark(#d5dae1,#2b3440);--accent:light-dark(#1d4ed8,#7aa7ff);--accent-ink:light-dark(#fff,#0b1220)}
*{box-sizing:border-box}
body{margin:0;min-height:100dvh;display:grid;place-items:center;padding:24px 16px;background:var(--bg);color:var(--ink);font:16px/24px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
main{width:min(520px,100%);padding:32px;border:1px solid var(--line);border-radius:12px;background:var(--surface)}
h1{margin:0;font-size:24px;line-height:32px;letter-spacing:-.01em}
h2{margin:24px 0 4px;font-size:14px;line-height:20px;color:var(--muted)}
p{margin:0}.says{margin-top:8px;color:var(--muted)}.says+p{margin-top:8px}a{color:var(--accent)}
form{display:flex;flex-wrap:wrap;gap:8px;margin-top:12px}
label{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
input,button{height:44px;padding:0 12px;border:1px solid var(--line);border-radius:8px;font:inherit;color:inherit;background:var(--surface)}
input{flex:1 1 200px;min-width:0;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:15px}
input::placeholder{color:var(--muted)}
button{border-color:transparent;background:var(--accent);color:var(--accent-ink);font-weight:600;cursor:pointer}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
@media (max-width:480px){main{padding:24px 20px}button{flex:1 0 100%}}
</style></head>
<body><main>
${body}
</main></body></html>
`;
}
