import "./htmx.js";
import { connection } from "./connection.js";
import { follow } from "./follow.js";
import { signPads } from "./sign_pad.js";
import { submits } from "./submits.js";
import { theme } from "./theme.js";
import { worker } from "./worker.js";

connection();
follow();
signPads();
submits();
theme();
worker();
