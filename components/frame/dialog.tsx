"use client";

import { type ReactNode, useEffect, useId, useRef } from "react";
import { returnFocus } from "./return-focus";

interface DialogProps {
  title: ReactNode;
  open: boolean;
  onClose: () => void;
  /** Called each time it opens, before it is shown. */
  onOpen?: () => void;
  /** Where the focus goes when it closes; where it was when left out. */
  returnTo?: Element | null;
  /** Buttons at the end; always in sight. */
  actions: ReactNode;
  children: ReactNode;
}

/** A modal dialog: named, closed by Escape, by a press outside, or by its own buttons. Focus goes back to where it was. */
export function Dialog({ title, open, onClose, onOpen, returnTo, actions, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const opener = useRef<Element | null>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    if (open && !element.open) {
      onOpen?.();
      opener.current = returnTo ?? document.activeElement;
      element.showModal();
      // The first thing read is what it is about, not its first button.
      heading.current?.focus();
    }
    if (!open && element.open) element.close();
  }, [open, onOpen, returnTo]);
  useEffect(() => {
    const element = dialog.current;
    const onPress = (event: PointerEvent) => {
      // The backdrop is the dialog element itself outside of its box.
      if (event.target !== element || element === null) return;
      const box = element.getBoundingClientRect();
      const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside) element.close();
    };
    element?.addEventListener("pointerdown", onPress);
    return () => element?.removeEventListener("pointerdown", onPress);
  }, []);
  return (
    <dialog
      ref={dialog}
      onClose={() => {
        onClose();
        returnFocus(opener.current);
      }}
      aria-labelledby={titleId}
      className="m-auto max-h-[calc(100dvh-32px)] w-[min(560px,calc(100vw-32px))] flex-col rounded-xl border border-line bg-surface text-ink backdrop:bg-black/50 open:flex"
    >
      <h2 ref={heading} tabIndex={-1} id={titleId} className="px-6 outline-none pt-5 pb-2 text-lg font-bold tracking-tight">
        {title}
      </h2>
      <div className="flex min-h-0 flex-col gap-3 overflow-y-auto px-6 py-1">{children}</div>
      <div className="flex flex-wrap justify-end gap-2.5 px-6 pt-4 pb-5">{actions}</div>
    </dialog>
  );
}
