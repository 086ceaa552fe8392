import { LockIcon } from "../locks/LockIcon";

/** Before the first state: what is waited for, or what is wrong and what to do. */
export function Waiting({ down }: { down: { reason: string } | null }) {
  return (
    <main className="grid flex-1 place-items-center p-6" data-waiting={down === null ? "connecting" : "down"}>
      <div className="flex max-w-md flex-col items-center gap-4 text-center">
        <LockIcon state="not-measured" size={56} label={null} />
        <h2 className="text-lg font-bold tracking-tight">{down === null ? "Connecting to Padlock's server" : "Padlock's server does not answer"}</h2>
        <p className="text-muted" role="status">
          {down === null
            ? "The first picture comes in a moment."
            : "It may have been stopped. Look at the terminal it was started in, or run npm start in its folder; this page comes back by itself."}
        </p>
      </div>
    </main>
  );
}
