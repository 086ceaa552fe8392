"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { endSession, getInvite, makeInstructorLink } from "@/lib/api/client";
import { Button } from "../frame/button";
import { Dialog } from "../frame/dialog";
import { Notice } from "../frame/notice";
import { toClock } from "../words/age";
import { CopyLine } from "./copy-line";
import { splitLink, toPeopleWords } from "./invite-words";

interface InviteDialogProps {
  open: boolean;
  onClose: () => void;
  signOut: ReactNode;
  /** Why signing out did not work. */
  problem: Error | null;
}

/** How often the number of people is read while the dialog is open, ms. */
const READ_EVERY = 5_000;

/** The room's link, large enough for the wall; a link for one more instructor; and the end of both. */
export function InviteDialog({ open, onClose, signOut, problem }: InviteDialogProps) {
  const [isAsking, setAsking] = useState(false);
  const invite = useQuery({ queryKey: ["invite"], queryFn: getInvite, enabled: open, staleTime: 0, gcTime: 0, retry: false, refetchInterval: READ_EVERY });
  const link = useMutation({ mutationFn: makeInstructorLink });
  const end = useMutation({
    mutationFn: () => endSession("others"),
    onSuccess() {
      link.reset();
      setAsking(false);
      invite.refetch();
    },
  });
  const close = () => {
    setAsking(false);
    link.reset();
    end.reset();
    onClose();
  };
  const failure = invite.error ?? link.error ?? end.error ?? problem;
  const room = invite.data === undefined ? null : splitLink(invite.data.room);
  return (
    <Dialog
      title="Invite"
      open={open}
      onClose={close}
      actions={
        <>
          {signOut}
          <Button onClick={close}>Close</Button>
        </>
      }
    >
      {failure !== null && <Notice look="problem">{failure.message}</Notice>}
      <section className="flex flex-col gap-2" aria-label="The room">
        <h3 className="font-semibold">The room: look, change nothing</h3>
        {invite.data !== undefined && room !== null && (
          <>
            <p className="any-name rounded-lg bg-sunken px-4 py-3 text-center leading-snug" data-room={invite.data.room}>
              <span className="block text-[clamp(16px,4.4vw,22px)]">{room.address}</span>
              <span className="block font-mono text-[clamp(17px,5.2vw,28px)] font-bold whitespace-nowrap select-all">{room.code}</span>
            </p>
            <p className="text-[13px]/[18px] text-muted">
              Type the code at that address, or open the whole link. {toPeopleWords(invite.data.people)} It is good until Padlock ends.
            </p>
            <CopyLine text={invite.data.room} label="the room's link" />
          </>
        )}
      </section>
      <section className="flex flex-col items-start gap-2 border-t border-line pt-3" aria-label="Another instructor">
        <h3 className="font-semibold">Another instructor: everything, once</h3>
        {link.data === undefined ? (
          <Button disabled={link.isPending} onClick={() => link.mutate()}>
            Make a sign-in link
          </Button>
        ) : (
          <>
            <CopyLine text={link.data.url} label="the sign-in link" />
            <p className="text-[13px]/[18px] text-muted">Opens once, until {toClock(link.data.until)}.</p>
          </>
        )}
      </section>
      <section className="flex flex-col items-start gap-2 border-t border-line pt-3" aria-label="The end">
        <h3 className="font-semibold">Everybody else</h3>
        {isAsking ? (
          <div className="flex flex-wrap gap-2.5">
            <Button look="strong" disabled={end.isPending} onClick={() => end.mutate()}>
              Yes, sign everybody else out
            </Button>
            <Button onClick={() => setAsking(false)}>Leave them</Button>
          </div>
        ) : (
          <Button onClick={() => setAsking(true)}>Sign everybody else out</Button>
        )}
        <p className="text-[13px]/[18px] text-muted" data-ended={end.isSuccess}>
          {end.isSuccess ? "Everybody else is signed out, and the room has a new link." : "Their pages close at once; links that were handed out stop working."}
        </p>
      </section>
    </Dialog>
  );
}
