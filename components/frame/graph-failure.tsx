import { Button } from "./button";

/** In the graph's place when it broke. */
export function GraphFailure({ message, onAgain }: { message: string; onAgain: () => void }) {
  return (
    <div className="absolute inset-0 grid place-items-center p-6" data-graph-failure="">
      <div className="flex max-w-md flex-col items-center gap-3 text-center">
        <p className="text-lg font-bold tracking-tight">The graph could not be drawn</p>
        <p className="any-name text-muted">{message} The table shows the same content.</p>
        <Button onClick={onAgain}>Draw it again</Button>
      </div>
    </div>
  );
}
