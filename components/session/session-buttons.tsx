"use client";

import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { endSession, showSignIn } from "@/lib/api/client";
import { Button } from "../frame/button";
import { Notice } from "../frame/notice";
import { useSession } from "../panel/role";
import { InviteDialog } from "./invite-dialog";

/** Who has signed in can sign out; an instructor can bring others in. Where nobody signs in there is nothing. */
export function SessionButtons() {
  const { role, signIn } = useSession();
  const id = useId();
  const [isInviting, setInviting] = useState(false);
  const leave = useMutation({ mutationFn: () => endSession("mine"), onSuccess: showSignIn });
  if (!signIn) return null;
  const signOut = (
    <Button disabled={leave.isPending} onClick={() => leave.mutate()}>
      Sign out
    </Button>
  );
  if (role === "viewer") {
    return (
      <>
        <button
          type="button"
          popoverTarget={id}
          data-role={role}
          className="touch inline-flex h-8 shrink-0 items-center rounded-lg border border-line bg-sunken px-3 font-semibold whitespace-nowrap"
        >
          Read only
        </button>
        <div
          id={id}
          popover="auto"
          role="dialog"
          aria-label="This session"
          className="inset-auto top-[60px] right-4 m-0 w-[min(360px,calc(100vw-32px))] rounded-xl border border-line bg-surface p-5 text-[13px]/[18px] text-ink"
        >
          <p className="mb-3">You came by the room&rsquo;s link: it shows everything and changes nothing.</p>
          {leave.error !== null && <Notice look="problem">{leave.error.message}</Notice>}
          {signOut}
        </div>
      </>
    );
  }
  return (
    <>
      <Button look="quiet" small onClick={() => setInviting(true)} data-role={role}>
        Invite
      </Button>
      <InviteDialog open={isInviting} onClose={() => setInviting(false)} signOut={signOut} problem={leave.error} />
    </>
  );
}
