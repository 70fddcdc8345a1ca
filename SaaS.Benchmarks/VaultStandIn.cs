using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using SaaS.Infrastructure.Vault;
using SaaS.LocalServices;

namespace SaaS.Benchmarks;

/// <summary>A recorded request to Vault.</summary>
internal sealed record VaultStandInRequest(string Method, string Path, string? Token, string? Namespace, string Body);

/// <summary>
/// A stand-in for Vault that can simulate failures. Response formats and status codes follow the API documentation,
/// https://developer.hashicorp.com/vault/api-docs, and error texts follow the source of builtin/logical/transit in
/// https://github.com/hashicorp/vault.
/// </summary>
internal sealed class VaultStandIn : IAsyncDisposable
{
    public const string RoleId = "59d6d1ca-47bb-4e7e-a40b-8be3bc5a0ba8";
    public const string SecretId = "84896a0c-1347-aa90-a4f6-aca8b7558780";

    private readonly ConcurrentDictionary<string, IssuedToken> _tokens = [];
    private readonly ConcurrentDictionary<string, TransitKey> _keys = [];
    private readonly ConcurrentDictionary<string, List<JsonObject?>> _secrets = [];
    private readonly ConcurrentQueue<Func<HttpContext, Task>> _mishaps = [];
    private readonly WebApplication _app;

    private VaultStandIn(WebApplication app, Uri address) => (_app, Address) = (app, address);

    public Uri Address { get; }

    public ConcurrentQueue<VaultStandInRequest> Requests { get; } = [];

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public bool IsSealed { get; set; }

    /// <summary>True to reject every sign-in, as for a wrong secret id.</summary>
    public bool RejectsSignIns { get; set; }

    /// <summary>The path that the policy denies; with a trailing slash, all paths below it.</summary>
    public string? DeniedPath { get; set; }

    /// <summary>The lease of a token in seconds; 0 for no expiry.</summary>
    public int Lease { get; set; } = 3600;

    /// <summary>The maximum lifetime of a token in seconds, regardless of renewals.</summary>
    public int MaxLifetime { get; set; } = 14_400;

    public bool AreTokensRenewable { get; set; } = true;

    /// <summary>A callback that runs after a key is rotated and before the response.</summary>
    public Action? OnRotated { get; set; }

    /// <summary>The number of sign-ins.</summary>
    public int SignIns => Requests.Count(one => one.Path == "auth/approle/login");

    public int Renewals => Requests.Count(one => one.Path == "auth/token/renew-self");

    /// <summary>The options of a host that uses this stand-in.</summary>
    public VaultOptions Options =>
        new()
        {
            Address = Address,
            RoleId = RoleId,
            SecretId = SecretId,
        };

    public static async Task<VaultStandIn> StartAsync(X509Certificate2? certificate = null, TimeProvider? clock = null)
    {
        var port = Ports.FreeOr(0);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureKestrel(server =>
                server.Listen(
                    IPAddress.Loopback,
                    port,
                    endpoint =>
                    {
                        if (certificate is not null)
                        {
                            endpoint.UseHttps(certificate);
                        }
                    }
                )
            );
        var app = builder.Build();
        var standIn = new VaultStandIn(app, new Uri($"{(certificate is null ? "http" : "https")}://localhost:{port}"))
        {
            Clock = clock ?? TimeProvider.System,
        };
        app.Run(standIn.AnswerAsync);
        await app.StartAsync();
        return standIn;
    }

    /// <summary>Makes the next requests fail with this response.</summary>
    public void FailNext(int times, int status, string error = "internal error", string? retryAfter = null)
    {
        for (var i = 0; i < times; i++)
        {
            _mishaps.Enqueue(http =>
            {
                if (retryAfter is not null)
                {
                    http.Response.Headers.RetryAfter = retryAfter;
                }

                return WriteErrorAsync(http, status, error);
            });
        }
    }

    /// <summary>Leaves the next request without a response.</summary>
    public void HangOnce() => _mishaps.Enqueue(http => Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted));

    /// <summary>Answers the next request with an error that echoes its token and body, as a debugging proxy might.</summary>
    public void EchoOnce() =>
        _mishaps.Enqueue(http => WriteErrorAsync(http, 400, $"{http.Request.Headers["X-Vault-Token"]} {Requests.Last().Body}"));

    private bool IsDenied(string path) =>
        DeniedPath is { } forbidden
        && (path == forbidden || (forbidden.EndsWith('/') && path.StartsWith(forbidden, StringComparison.Ordinal)));

    public void RevokeTokens() => _tokens.Clear();

    /// <summary>Writes a new version of a secret, as an operator does.</summary>
    public void PutSecret(string path, params (string Field, string Value)[] fields) =>
        _secrets
            .GetOrAdd(path, _ => [])
            .Add(new JsonObject(fields.Select(field => KeyValuePair.Create(field.Field, (JsonNode?)field.Value))));

    /// <summary>Returns the newest version of a secret; null when there is none.</summary>
    public IReadOnlyDictionary<string, string>? SecretAt(string path) =>
        _secrets.TryGetValue(path, out var versions) && versions[^1] is { } data
            ? data.ToDictionary(field => field.Key, field => field.Value!.GetValue<string>())
            : null;

    /// <summary>Soft-deletes a version of a secret, by default the newest.</summary>
    public void DeleteSecret(string path, int? version = null) => _secrets[path][(version ?? _secrets[path].Count) - 1] = null;

    public bool HasKey(string name) => _keys.ContainsKey(name);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!["/v1/".Length..];
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync();
        Requests.Enqueue(
            new VaultStandInRequest(
                http.Request.Method,
                path,
                http.Request.Headers["X-Vault-Token"],
                http.Request.Headers["X-Vault-Namespace"],
                body
            )
        );

        if (path is "sys/health")
        {
            await HealthAsync(http);
        }
        else if (http.Request.Headers["X-Vault-Request"] != "true")
        {
            await WriteErrorAsync(http, 412, "missing 'X-Vault-Request' header"); // the response of a Vault Agent with require_request_header
        }
        else if (_mishaps.TryDequeue(out var mishap))
        {
            await mishap(http);
        }
        else if (IsSealed)
        {
            await WriteErrorAsync(http, 503, "Vault is sealed");
        }
        else if (RejectsSignIns && path is "auth/approle/login")
        {
            await WriteErrorAsync(http, 400, "invalid role or secret ID");
        }
        else
        {
            await AnswerAsync(http, path, body is "" ? [] : JsonNode.Parse(body)!.AsObject());
        }
    }

    private Task AnswerAsync(HttpContext http, string path, JsonObject body)
    {
        if (path is "auth/approle/login")
        {
            return SignInAsync(http, body);
        }

        if (
            !_tokens.TryGetValue(http.Request.Headers["X-Vault-Token"].ToString(), out var token)
            || token.ExpiresAt <= Clock.GetUtcNow()
            || IsDenied(path)
        )
        {
            return WriteErrorAsync(http, 403, "permission denied");
        }

        return (http.Request.Method, path.Split('/')) switch
        {
            ("GET", ["auth", "token", "lookup-self"]) => LookUpAsync(http, token),
            ("POST", ["auth", "token", "renew-self"]) => RenewAsync(http, token),
            ("GET", ["transit", "keys"]) => ListKeysAsync(http),
            ("GET", ["transit", "keys", var name]) => ReadKeyAsync(http, name),
            ("POST", ["transit", "keys", var name]) => MakeKeyAsync(http, name),
            ("DELETE", ["transit", "keys", var name]) => DeleteKeyAsync(http, name),
            ("POST", ["transit", "keys", var name, "config"]) => ConfigureKeyAsync(http, name, body),
            ("POST", ["transit", "keys", var name, "rotate"]) => RotateKeyAsync(http, name),
            ("POST", ["transit", "encrypt", var name]) => TurnAsync(
                http,
                name,
                body,
                (key, item) => new() { ["ciphertext"] = key.Encrypt(Convert.FromBase64String(item["plaintext"]!.GetValue<string>())) }
            ),
            ("POST", ["transit", "decrypt", var name]) => TurnAsync(
                http,
                name,
                body,
                (key, item) => new() { ["plaintext"] = Convert.ToBase64String(key.Decrypt(item["ciphertext"]!.GetValue<string>())) }
            ),
            ("POST", ["transit", "rewrap", var name]) => TurnAsync(
                http,
                name,
                body,
                (key, item) => new() { ["ciphertext"] = key.Encrypt(key.Decrypt(item["ciphertext"]!.GetValue<string>())) }
            ),
            ("GET", ["secret", "data", .. var rest]) => ReadSecretAsync(http, string.Join('/', rest)),
            ("POST", ["secret", "data", .. var rest]) => WriteSecretAsync(http, string.Join('/', rest), body),
            ("GET", ["secret", "metadata", .. var rest]) => ReadVersionsAsync(http, string.Join('/', rest)),
            _ => WriteErrorAsync(http, 404),
        };
    }

    // api-docs/system/health: 200 when active, 503 when sealed, both with this body.
    private Task HealthAsync(HttpContext http)
    {
        http.Response.StatusCode = IsSealed ? 503 : 200;
        return http.Response.WriteAsJsonAsync(
            new JsonObject
            {
                ["initialized"] = true,
                ["sealed"] = IsSealed,
                ["standby"] = false,
                ["performance_standby"] = false,
                ["replication_performance_mode"] = "disabled",
                ["replication_dr_mode"] = "disabled",
                ["server_time_utc"] = 1516639589,
                ["version"] = "1.15.0",
                ["cluster_name"] = "vault-cluster-3bd69ca2",
                ["cluster_id"] = "00af5aa8-c87d-b5fc-e82e-97cd8dfaf731",
            }
        );
    }

    // api-docs/auth/approle, "Login with AppRole"
    private Task SignInAsync(HttpContext http, JsonObject body)
    {
        if (body["role_id"]?.GetValue<string>() != RoleId || body["secret_id"]?.GetValue<string>() != SecretId)
        {
            return WriteErrorAsync(http, 400, "invalid role or secret ID");
        }

        var now = Clock.GetUtcNow();
        var token = $"hvs.{RandomNumberGenerator.GetHexString(24, lowercase: true)}";
        _tokens[token] = new IssuedToken(token, Lease is 0 ? DateTimeOffset.MaxValue : now.AddSeconds(Lease), now.AddSeconds(MaxLifetime));
        return AnswerAuthAsync(http, token, Lease);
    }

    // api-docs/auth/token, "Renew a Token (Self)": the lease is limited by the maximum lifetime.
    private Task RenewAsync(HttpContext http, IssuedToken token)
    {
        if (!AreTokensRenewable)
        {
            return WriteErrorAsync(http, 400, "lease is not renewable");
        }

        var now = Clock.GetUtcNow();
        var lease = (int)Math.Min(Lease, (token.DiesAt - now).TotalSeconds);
        _tokens[token.Token] = token with { ExpiresAt = now.AddSeconds(lease) };
        return AnswerAuthAsync(http, token.Token, lease);
    }

    private Task AnswerAuthAsync(HttpContext http, string token, int lease) =>
        http.Response.WriteAsJsonAsync(
            new JsonObject
            {
                ["auth"] = new JsonObject
                {
                    ["renewable"] = AreTokensRenewable,
                    ["lease_duration"] = lease,
                    ["metadata"] = null,
                    ["token_policies"] = new JsonArray("default"),
                    ["accessor"] = "fd6c9a00-d2dc-3b11-0be5-af7ae0e1d374",
                    ["client_token"] = token,
                },
                ["warnings"] = null,
                ["wrap_info"] = null,
                ["data"] = null,
                ["lease_duration"] = 0,
                ["renewable"] = false,
                ["lease_id"] = "",
            }
        );

    // api-docs/auth/token, "Lookup a Token (Self)"
    private static Task LookUpAsync(HttpContext http, IssuedToken token) =>
        AnswerDataAsync(
            http,
            new JsonObject
            {
                ["accessor"] = "8609694a-cdbc-db9b-d345-e782dbb562ed",
                ["id"] = token.Token,
                ["orphan"] = true,
                ["path"] = "auth/approle/login",
                ["policies"] = new JsonArray("default"),
                ["renewable"] = true,
                ["ttl"] = 2764790,
            }
        );

    // api-docs/secret/transit, "List Keys"; api-docs, "API operations": an empty list is a 404 with {"errors":[]}.
    private Task ListKeysAsync(HttpContext http) =>
        _keys.IsEmpty
            ? WriteErrorAsync(http, 404)
            : AnswerDataAsync(
                http,
                new JsonObject
                {
                    ["keys"] = new JsonArray([.. _keys.Keys.Order(StringComparer.Ordinal).Select(name => JsonValue.Create(name))]),
                }
            );

    // api-docs/secret/transit, "Read Key"
    private Task ReadKeyAsync(HttpContext http, string name) =>
        _keys.TryGetValue(name, out var key)
            ? AnswerDataAsync(
                http,
                new JsonObject
                {
                    ["type"] = "aes256-gcm96",
                    ["deletion_allowed"] = key.IsDeletionAllowed,
                    ["derived"] = false,
                    ["exportable"] = false,
                    ["allow_plaintext_backup"] = false,
                    ["keys"] = new JsonObject(
                        key.MadeAt.Select(version =>
                            KeyValuePair.Create(version.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)version.Value)
                        )
                    ),
                    ["min_decryption_version"] = key.Minimum,
                    ["min_encryption_version"] = 0,
                    ["name"] = name,
                    ["supports_encryption"] = true,
                    ["supports_decryption"] = true,
                    ["supports_derivation"] = true,
                    ["supports_signing"] = false,
                }
            )
            : WriteErrorAsync(http, 404);

    // api-docs/secret/transit, "Create Key"; Vault answers 200 with a warning when the key exists.
    private Task MakeKeyAsync(HttpContext http, string name)
    {
        if (!_keys.TryAdd(name, new TransitKey(Clock.GetUtcNow())))
        {
            return http.Response.WriteAsJsonAsync(
                new JsonObject { ["data"] = null, ["warnings"] = new JsonArray($"key {name} already existed") }
            );
        }

        http.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    // api-docs/secret/transit, "Update Key Configuration"
    private Task ConfigureKeyAsync(HttpContext http, string name, JsonObject body)
    {
        if (!_keys.TryGetValue(name, out var key))
        {
            return WriteErrorAsync(http, 400, $"no existing key named {name} could be found");
        }

        if (body["min_decryption_version"]?.GetValue<int>() is { } minimum)
        {
            if (minimum > key.Newest)
            {
                return WriteErrorAsync(http, 400, $"cannot set min decryption version of {minimum}, latest key version is {key.Newest}");
            }

            key.Minimum = minimum;
        }

        key.IsDeletionAllowed = body["deletion_allowed"]?.GetValue<bool>() ?? key.IsDeletionAllowed;
        http.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    // api-docs/secret/transit, "Rotate Key"
    private Task RotateKeyAsync(HttpContext http, string name)
    {
        if (!_keys.TryGetValue(name, out var key))
        {
            return WriteErrorAsync(http, 400, "key not found");
        }

        key.Add(Clock.GetUtcNow());
        OnRotated?.Invoke();
        http.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    // api-docs/secret/transit, "Delete Key": deletion_allowed must be set before.
    private Task DeleteKeyAsync(HttpContext http, string name)
    {
        if (!_keys.TryGetValue(name, out var key) || !key.IsDeletionAllowed)
        {
            return WriteErrorAsync(http, 400, $"error deleting policy {name}: deletion is not allowed for this policy");
        }

        _keys.TryRemove(name, out _);
        http.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    // api-docs/secret/transit, "Encrypt Data", "Decrypt Data", "Rewrap Data": one text, or batch_input and batch_results. A batch
    // with a failed item is answered with 400 and all results.
    private Task TurnAsync(HttpContext http, string name, JsonObject body, Func<TransitKey, JsonObject, JsonObject> turn)
    {
        if (!_keys.TryGetValue(name, out var key))
        {
            return WriteErrorAsync(http, 400, "encryption key not found");
        }

        if (body["batch_input"] is not JsonArray batch)
        {
            var result = Turn(body);
            return result["error"] is { } error ? WriteErrorAsync(http, 400, error.GetValue<string>()) : AnswerDataAsync(http, result);
        }

        var results = batch.Select(item => Turn(item!.AsObject())).ToArray<JsonNode>();
        http.Response.StatusCode = results.Any(result => result["error"] is not null) ? 400 : 200;
        return AnswerDataAsync(http, new JsonObject { ["batch_results"] = new JsonArray(results) });

        JsonObject Turn(JsonObject item)
        {
            try
            {
                return turn(key, item);
            }
            catch (CryptographicException e)
            {
                return new() { ["error"] = e.Message };
            }
        }
    }

    // api-docs/secret/kv/kv-v2, "Read Secret Version"; a deleted version is a 404 with the metadata in the body.
    private Task ReadSecretAsync(HttpContext http, string path)
    {
        if (!_secrets.TryGetValue(path, out var versions))
        {
            return WriteErrorAsync(http, 404);
        }

        var version = http.Request.Query["version"] is [{ } wanted] ? int.Parse(wanted, CultureInfo.InvariantCulture) : versions.Count;
        if (version > versions.Count)
        {
            return WriteErrorAsync(http, 404);
        }

        var data = versions[version - 1];
        http.Response.StatusCode = data is null ? 404 : 200;
        return AnswerDataAsync(
            http,
            new JsonObject { ["data"] = data?.DeepClone(), ["metadata"] = VersionOf(version, isDeleted: data is null) }
        );
    }

    // api-docs/secret/kv/kv-v2, "Create/Update Secret"
    private Task WriteSecretAsync(HttpContext http, string path, JsonObject body)
    {
        var versions = _secrets.GetOrAdd(path, _ => []);
        if (body["options"]?["cas"]?.GetValue<int>() is { } expected && expected != versions.Count)
        {
            return WriteErrorAsync(http, 400, "check-and-set parameter did not match the current version");
        }

        versions.Add(body["data"]!.DeepClone().AsObject());
        return AnswerDataAsync(http, VersionOf(versions.Count, isDeleted: false));
    }

    // api-docs/secret/kv/kv-v2, "Read Secret Metadata"
    private Task ReadVersionsAsync(HttpContext http, string path) =>
        _secrets.TryGetValue(path, out var versions)
            ? AnswerDataAsync(
                http,
                new JsonObject
                {
                    ["cas_required"] = false,
                    ["current_version"] = versions.Count,
                    ["oldest_version"] = 0,
                    ["max_versions"] = 0,
                }
            )
            : WriteErrorAsync(http, 404);

    private static JsonObject VersionOf(int version, bool isDeleted) =>
        new()
        {
            ["created_time"] = "2018-03-22T02:24:06.945319214Z",
            ["custom_metadata"] = null,
            ["deletion_time"] = isDeleted ? "2018-03-22T02:36:43.986212308Z" : "",
            ["destroyed"] = false,
            ["version"] = version,
        };

    private static Task AnswerDataAsync(HttpContext http, JsonObject data) =>
        http.Response.WriteAsJsonAsync(
            new JsonObject
            {
                ["request_id"] = "f00341c1-fad5-f6e6-13fd-235617f858a1",
                ["lease_id"] = "",
                ["renewable"] = false,
                ["lease_duration"] = 0,
                ["data"] = data,
                ["wrap_info"] = null,
                ["warnings"] = null,
                ["auth"] = null,
            }
        );

    // api-docs, "Error response"
    private static Task WriteErrorAsync(HttpContext http, int status, params string[] errors)
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(
            new JsonObject { ["errors"] = new JsonArray([.. errors.Select(error => JsonValue.Create(error))]) }
        );
    }

    private sealed record IssuedToken(string Token, DateTimeOffset ExpiresAt, DateTimeOffset DiesAt);

    /// <summary>A key of type aes256-gcm96; an encrypted value is <c>vault:vN:</c> and the base64 of nonce, ciphertext and tag.</summary>
    private sealed class TransitKey
    {
        private readonly Lock _changing = new();
        private readonly Dictionary<int, (byte[] Key, long MadeAt)> _versions = [];

        public TransitKey(DateTimeOffset now) => Add(now);

        public int Newest => _versions.Count;

        public int Minimum { get; set; } = 1;

        public bool IsDeletionAllowed { get; set; }

        public IReadOnlyDictionary<int, long> MadeAt => _versions.ToDictionary(version => version.Key, version => version.Value.MadeAt);

        public void Add(DateTimeOffset now)
        {
            lock (_changing)
            {
                _versions[_versions.Count + 1] = (RandomNumberGenerator.GetBytes(32), now.ToUnixTimeSeconds());
            }
        }

        public string Encrypt(byte[] plaintext)
        {
            var value = new byte[12 + plaintext.Length + 16];
            RandomNumberGenerator.Fill(value.AsSpan(0, 12));
            using var aes = new AesGcm(_versions[Newest].Key, 16);
            aes.Encrypt(value.AsSpan(0, 12), plaintext, value.AsSpan(12, plaintext.Length), value.AsSpan(12 + plaintext.Length));
            return $"vault:v{Newest}:{Convert.ToBase64String(value)}";
        }

        public byte[] Decrypt(string ciphertext)
        {
            if (
                ciphertext.Split(':') is not ["vault", ['v', .. var number], var base64]
                || !int.TryParse(number, CultureInfo.InvariantCulture, out var version)
                || !_versions.TryGetValue(version, out var key)
            )
            {
                throw new CryptographicException("invalid ciphertext: no prefix");
            }

            if (version < Minimum)
            {
                throw new CryptographicException("ciphertext or signature version is disallowed by policy (too old)");
            }

            var value = Convert.FromBase64String(base64);
            if (value.Length < 28)
            {
                throw new CryptographicException("invalid ciphertext: could not decode");
            }

            var plaintext = new byte[value.Length - 28];
            try
            {
                using var aes = new AesGcm(key.Key, 16);
                aes.Decrypt(value.AsSpan(0, 12), value.AsSpan(12, plaintext.Length), value.AsSpan(12 + plaintext.Length), plaintext);
            }
            catch (AuthenticationTagMismatchException)
            {
                throw new CryptographicException("cipher: message authentication failed");
            }

            return plaintext;
        }
    }
}
