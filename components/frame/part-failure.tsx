import { Button } from "./button";

interface PartFailureProps {
  /** "The table" */
  part: string;
  message: string;
  onAgain: () => void;
}

/** In the place of a part of the page that broke or whose code did not come. */
export function PartFailure({ part, message, onAgain }: PartFailureProps) {
  return (
    <div role="alert" className="flex flex-col items-start gap-2 p-3 text-[13px]">
      <p className="any-name">
        <strong>{`${part} could not be shown.`}</strong> {message}
      </p>
      <Button onClick={onAgain}>Show it again</Button>
    </div>
  );
}
