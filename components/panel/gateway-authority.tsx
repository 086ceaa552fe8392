"use client";

import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { enterGatewayAuthority } from "@/lib/api/client";
import type { GatewayAuthorityRequest } from "@/lib/api/requests";
import type { LiveState } from "@/lib/api/state";
import { Button } from "../frame/button";
import { Notice } from "../frame/notice";
import { Name } from "../words/name";
import { toReasonProps, usePermission } from "./permission";

/** Takes the certificate of who signed the gateway's, where nobody else vouches for it, and lets it be forgotten again. */
export function GatewayAuthority({ state, lineDown }: { state: LiveState; lineDown: boolean }) {
  const [pem, setPem] = useState("");
  const id = useId();
  const permission = usePermission();
  const enter = useMutation({ mutationFn: (request: GatewayAuthorityRequest) => enterGatewayAuthority(request), onSuccess: () => setPem("") });
  const { problem, authority } = state.gateway;
  const isEntered = authority?.from === "entered";
  if (problem !== "ca" && !isEntered) return null;
  const disabled = lineDown || enter.isPending || !permission.allowed;
  const reason = toReasonProps(permission);
  return (
    <div className="flex min-w-0 flex-col gap-1.5" data-gateway-authority={authority?.from ?? "none"}>
      {isEntered && (
        <div className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-2.5">
          <p className="any-name text-[12.5px]/[17px] text-muted">
            Trusted for the gateway: <Name>{authority.says}</Name>
          </p>
          <Button small disabled={disabled} onClick={() => enter.mutate({ pem: null })} {...reason}>
            Forget it
          </Button>
        </div>
      )}
      {problem === "ca" && (
        <>
          <label htmlFor={id} className="text-xs text-muted">
            Certificate of the authority that signed the gateway&rsquo;s (PEM); kept in memory until Padlock ends
          </label>
          <textarea
            id={id}
            rows={3}
            value={pem}
            maxLength={15_000}
            spellCheck={false}
            disabled={disabled}
            placeholder="-----BEGIN CERTIFICATE-----"
            onChange={(event) => setPem(event.target.value)}
            className="w-full rounded-lg border border-line bg-surface px-2 py-1.5 font-mono text-xs text-ink"
          />
          <div>
            <Button small disabled={disabled || pem.trim() === ""} onClick={() => enter.mutate({ pem })} {...reason}>
              {enter.isPending ? "Checking" : "Trust it"}
            </Button>
          </div>
        </>
      )}
      {enter.error !== null && <Notice look="problem">{enter.error.message}</Notice>}
    </div>
  );
}
