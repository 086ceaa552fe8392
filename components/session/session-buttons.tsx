"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { endSession, showSignIn } from "@/lib/api/client";
import { Button } from "../frame/button";
import { useSession } from "../panel/role";
import { InviteDialog } from "./invite-dialog";

/** Who has signed in can sign out; an instructor can bring others in. Where nobody signs in there is nothing. */
export function SessionButtons() {
  const { role, signIn } = useSession();
  const [isInviting, setInviting] = useState(false);
  const leave = useMutation({ mutationFn: () => endSession("mine"), onSuccess: showSignIn });
  if (!signIn) return null;
  const signOut = (
    <Button look={role === "instructor" ? "plain" : "quiet"} small={role !== "instructor"} disabled={leave.isPending} onClick={() => leave.mutate()}>
      Sign out
    </Button>
  );
  if (role === "viewer") {
    return (
      <>
        <span className="inline-flex h-8 items-center rounded-lg bg-sunken px-3 font-semibold" data-role={role}>
          Read only
        </span>
        {signOut}
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
