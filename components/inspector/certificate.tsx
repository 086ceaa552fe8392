"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { getCertificate } from "@/lib/api/client";
import type { ShownCertificate } from "@/lib/mesh/certificate";
import { Button } from "../frame/button";
import { Notice } from "../frame/notice";
import { toClock } from "../words/age";
import { Name } from "../words/name";
import { toMoment, toValidity } from "./certificate-words";
import { Facts } from "./facts";

/** A workload's certificate, read from a handshake of our own when a person asks. Key it by the workload. */
export function Certificate({ namespace, workload, now }: { namespace: string; workload: string; now: number }) {
  const [asked, setAsked] = useState(false);
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["certificate", namespace, workload],
    queryFn: () => getCertificate(namespace, workload),
    enabled: asked,
    staleTime: 60_000,
    retry: false,
  });
  const read = () => {
    if (asked) void refetch();
    setAsked(true);
  };
  return (
    <section
      aria-label="Certificate"
      className="flex min-w-0 flex-col items-start gap-2"
      data-certificate={isFetching ? "pending" : error ? "failed" : data ? "read" : "none"}
    >
      <h3 className="text-muted">Certificate</h3>
      {data !== undefined && <CertificateFacts certificate={data} now={now} />}
      {error !== null && !isFetching && <Notice look="problem">{error.message}</Notice>}
      <Button small onClick={read} disabled={isFetching}>
        {isFetching ? "Reading its certificate …" : data === undefined ? "Read its certificate" : "Read it again"}
      </Button>
    </section>
  );
}

function CertificateFacts({ certificate, now }: { certificate: ShownCertificate; now: number }) {
  const { identities, issuer, serial, validFrom, validTo, fingerprint, seenAt } = certificate;
  const { state, words } = toValidity(certificate, now);
  const mono = "any-name font-mono text-xs";
  return (
    <>
      <Facts
        rows={[
          { name: "identity", value: identities.length === 0 ? null : <Name className={mono}>{identities.join(", ")}</Name>, none: "it names no SPIFFE ID" },
          { name: "issuer", value: <Name className={mono}>{issuer}</Name> },
          {
            name: "valid",
            value: (
              <span
                className={state === "valid" ? "" : "font-semibold text-bad"}
                title={`${toMoment(validFrom)} to ${toMoment(validTo)}`}
                data-validity={state}
              >
                {words}
              </span>
            ),
          },
          { name: "until", value: toMoment(validTo) },
          { name: "serial", value: <Name className={mono}>{serial}</Name> },
          { name: "SHA-256", value: <Name className={`${mono} break-all`}>{fingerprint}</Name> },
        ]}
      />
      <p className="text-xs text-muted">First hand · a handshake of our own with one of its pods · {toClock(seenAt)}</p>
    </>
  );
}
