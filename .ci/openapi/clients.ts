// Uses one operation of each generated client, so that an empty client fails to compile.
import { logIn } from "./hey-api";
import type { paths } from "./openapi-typescript";
import { logIn as logInByOrval } from "./orval";

type LogIn = paths["/api/auth/login"]["post"]["requestBody"]["content"]["application/json"];

const credentials: LogIn = { email: "ada@example.com", password: "Engine1843" };

export const tokens = [
    logIn({ body: credentials }).then((answer) => (answer.data && "access_token" in answer.data ? answer.data.access_token : undefined)),
    logInByOrval(credentials).then((answer) => (answer.status === 200 ? answer.data.access_token : undefined)),
];
