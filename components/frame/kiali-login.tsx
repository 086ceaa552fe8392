"use client";

import { useId, useState } from "react";
import { CommandError, enterKialiToken } from "@/lib/api/client";
import type { Target } from "@/lib/api/state";
import { READ_ONLY, useSession } from "../panel/role";
import { Button } from "./button";

/** What opens a Kiali that wants a login: a token where one would do, and the way to Kiali's own pages. */
export function KialiLogin({ target, className = "" }: { target: Pick<Target, "kialiLogin" | "kialiLink">; className?: string }) {
  const { kialiLogin, kialiLink } = target;
  if (kialiLogin === null) return null;
  return (
    <section
      aria-label="Kiali's login"
      data-kiali-login={kialiLogin.strategy}
      className={`flex flex-wrap items-center gap-x-4 gap-y-2 border-line bg-surface ${className}`}
    >
      {kialiLogin.takesToken && <TokenForm />}
      {kialiLink !== null && (
        <a href={kialiLink} target="_blank" rel="noreferrer" className="any-name underline">
          Open Kiali itself<span className="sr-only"> ({kialiLink})</span>
        </a>
      )}
    </section>
  );
}

function TokenForm() {
  const id = useId();
  const { role } = useSession();
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);
  if (role !== "instructor") return <p className="text-muted">{READ_ONLY}</p>;

  const send = async () => {
    setSending(true);
    setProblem(null);
    try {
      await enterKialiToken({ token: token.trim() });
    } catch (error) {
      setProblem(error instanceof CommandError ? error.message : "The token could not be sent.");
    }
    // Taken or refused: it stays nowhere on the page.
    setToken("");
    setSending(false);
  };
  return (
    <form
      className="flex flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <label htmlFor={id}>Token for Kiali</label>
      <input
        id={id}
        type="password"
        autoComplete="off"
        spellCheck={false}
        required
        value={token}
        onChange={(event) => setToken(event.target.value)}
        className="touch h-8 w-64 rounded-lg border border-line bg-surface px-2"
      />
      <Button small type="submit" disabled={isSending || token.trim() === ""}>
        {isSending ? "Asking Kiali …" : "Sign in"}
      </Button>
      <p className="text-muted">
        for example from <code>kubectl create token kiali -n istio-system</code>; kept in memory until Padlock ends
      </p>
      {problem !== null && (
        <p role="alert" className="basis-full font-semibold">
          {problem}
        </p>
      )}
    </form>
  );
}
