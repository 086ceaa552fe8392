"use client";

import { useEffect, useRef, useState } from "react";
import { type Confirmer, setConfirmer } from "@/lib/api/confirmation";
import type { Target } from "@/lib/api/state";
import { toTargetKey } from "@/lib/api/target-key";
import { Name } from "../words/name";
import { Button } from "./button";
import { Dialog } from "./dialog";

interface Asked {
  act: string;
  target: Target;
  /** What was pressed; it is out of use while the question stands, and has lost the focus by then. */
  pressed: Element | null;
  decide: (key: string | null) => void;
}

/** The first change of a page on a real cluster asks once, and names what it would change. The lab is there to be changed. */
export function ConfirmTarget({ target }: { target: Target }) {
  const shown = useRef(target);
  const confirmed = useRef<string | null>(null);
  const pending = useRef<Asked | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  useEffect(() => {
    shown.current = target;
  });
  useEffect(() => {
    const confirmer: Confirmer = {
      ask(act) {
        const key = toTargetKey(shown.current);
        if (shown.current.kind === "lab" || confirmed.current === key) return Promise.resolve(key);
        // Only what the dialog names is agreed to by its button.
        if (pending.current !== null) return Promise.resolve(null);
        return new Promise((decide) => {
          pending.current = { act, target: shown.current, pressed: document.activeElement, decide };
          setAsked(pending.current);
        });
      },
      forget() {
        confirmed.current = null;
      },
    };
    return setConfirmer(confirmer);
  }, []);
  const decide = (agreed: boolean) => {
    const question = pending.current;
    pending.current = null;
    setAsked(null);
    if (question === null) return;
    const key = toTargetKey(question.target);
    if (agreed) confirmed.current = key;
    question.decide(agreed ? key : null);
  };
  return (
    <Dialog
      title="This is a real cluster"
      open={asked !== null}
      returnTo={asked?.pressed}
      onClose={() => decide(false)}
      actions={
        <>
          <Button onClick={() => decide(false)}>Leave it</Button>
          <Button look="strong" onClick={() => decide(true)}>
            Do it on this cluster
          </Button>
        </>
      }
    >
      {asked !== null && (
        <>
          <p className="any-name font-semibold" data-confirm="">
            <Name>{asked.act}</Name>
          </p>
          <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 rounded-lg border border-plain bg-plain/15 px-4 py-3">
            {(["context", "server", "user"] as const).map((fact) => (
              <div key={fact} className="contents">
                <dt className="text-muted">{FACT_WORDS[fact]}</dt>
                <dd className="any-name font-semibold">
                  <Name>{asked.target[fact] || "none"}</Name>
                </dd>
              </div>
            ))}
          </dl>
          <p className="text-muted">Asked once: until this page is closed, further changes on this cluster are made without a question.</p>
        </>
      )}
    </Dialog>
  );
}

const FACT_WORDS = { context: "context", server: "API server", user: "as user" } as const;
