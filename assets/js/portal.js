import "./htmx.js";
import { connection } from "./connection.js";
import { follow } from "./follow.js";
import { submits } from "./submits.js";
import { theme } from "./theme.js";
import { worker } from "./worker.js";

connection();
follow();
submits();
theme();
worker();
