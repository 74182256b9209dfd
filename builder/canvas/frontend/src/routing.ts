// The line of a way from step to step: straight down where nothing stands between, else along a free lane.

import { CARD_HEIGHT, widthOf, type Direction } from "./layout";
import type { Graph, Point } from "./model";

type Box = { left: number; right: number; top: number; bottom: number };
export type Line = { path: string; label: Point };

const GAP = 16;
const CORNER = 8;

/** The line between two ways; `lane` keeps parallel lines apart. */
export function routed(graph: Graph, ends: [string, string], from: Point, to: Point, lane: number, direction: Direction): Line {
  const down = direction === "TB";
  const turn = (point: Point): Point => (down ? point : [point[1], point[0]]);
  const boxes = graph.steps.filter((step) => !ends.includes(step.id)).map((step) => boxOf(step.at, step.ports.length, down));
  const points = bends(turn(from), turn(to), boxes, lane);
  const [one, other] = longest(points);
  const label: Point = [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
  return { path: rounded(points.map(turn)), label: turn(label) };
}

function boxOf(at: Point, ports: number, down: boolean): Box {
  const [x, y] = at;
  const [width, height] = [widthOf(ports), CARD_HEIGHT];
  return down
    ? { left: x, right: x + width, top: y, bottom: y + height }
    : { left: y, right: y + height, top: x, bottom: x + width };
}

function bends(from: Point, to: Point, boxes: Box[], lane: number): Point[] {
  const [leave, arrive] = [from[1] + GAP, to[1] - GAP];
  if (arrive >= leave) {
    const middle = (leave + arrive) / 2;
    for (const turn of [middle, arrive - lane * 4, leave + lane * 4]) {
      if (free(boxes, from[0], from[1], turn) && free(boxes, to[0], turn, to[1])) {
        return [from, [from[0], turn], [to[0], turn], to];
      }
    }
  }
  const x = freeLane(boxes, from, to, leave, arrive, lane);
  return [from, [from[0], leave], [x, leave], [x, arrive], [to[0], arrive], to];
}

/** The nearest column in which nothing stands between two heights. */
function freeLane(boxes: Box[], from: Point, to: Point, leave: number, arrive: number, lane: number): number {
  const [top, bottom] = [Math.min(leave, arrive), Math.max(leave, arrive)];
  const between = boxes.filter((box) => box.bottom > top && box.top < bottom);
  const aside = GAP + lane * 7;
  const columns = [from[0], to[0], ...between.flatMap((box) => [box.left - aside, box.right + aside])];
  if (arrive < leave) columns.push(Math.max(from[0], to[0]) + 150 + aside, Math.min(from[0], to[0]) - 150 - aside);
  const detour = (x: number) => Math.abs(x - from[0]) + Math.abs(x - to[0]);
  const usable = columns.filter((x) => free(between, x, top, bottom) && (arrive >= leave || Math.abs(x - from[0]) > 120));
  return usable.sort((one, other) => detour(one) - detour(other))[0] ?? from[0];
}

function free(boxes: Box[], x: number, top: number, bottom: number): boolean {
  return !boxes.some((box) => x > box.left - 6 && x < box.right + 6 && bottom > box.top && top < box.bottom);
}

function longest(points: Point[]): [Point, Point] {
  let best: [Point, Point] = [points[0] as Point, points[1] as Point];
  let most = 0;
  for (let index = 1; index < points.length; index += 1) {
    const [one, other] = [points[index - 1] as Point, points[index] as Point];
    const length = Math.hypot(one[0] - other[0], one[1] - other[1]);
    if (length > most) [most, best] = [length, [one, other]];
  }
  return best;
}

/** A line through points whose corners are round. */
function rounded(points: Point[]): string {
  const parts = [`M ${points[0]?.join(" ")}`];
  for (let index = 1; index < points.length - 1; index += 1) {
    const [before, at, after] = [points[index - 1] as Point, points[index] as Point, points[index + 1] as Point];
    parts.push(`L ${towards(at, before).join(" ")} Q ${at.join(" ")} ${towards(at, after).join(" ")}`);
  }
  return [...parts, `L ${points[points.length - 1]?.join(" ")}`].join(" ");
}

function towards(at: Point, other: Point): Point {
  const length = Math.hypot(other[0] - at[0], other[1] - at[1]);
  const share = length ? Math.min(CORNER, length / 2) / length : 0;
  return [at[0] + (other[0] - at[0]) * share, at[1] + (other[1] - at[1]) * share];
}
