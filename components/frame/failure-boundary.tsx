"use client";

import { Component, type ReactNode } from "react";

interface FailureBoundaryProps {
  /** What stands there instead; it is given the words of the failure and a way to try again. */
  instead: (message: string, again: () => void) => ReactNode;
  children: ReactNode;
}

/** Keeps a part that breaks from taking the page with it. */
export class FailureBoundary extends Component<FailureBoundaryProps, { message: string | null }> {
  override state = { message: null as string | null };

  static getDerivedStateFromError(error: unknown) {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    const { message } = this.state;
    return message === null ? this.props.children : this.props.instead(message, () => this.setState({ message: null }));
  }
}
