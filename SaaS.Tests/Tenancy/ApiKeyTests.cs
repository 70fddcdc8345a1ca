using System.Net.Http.Json;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Documents;
using SaaS.Core.Tenancy.ServiceAccounts;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Tenancy;

/// <summary>Tests the authentication by API keys: where a key is accepted, what ends it, and what it leaves behind.</summary>
public sealed class ApiKeyTests(SaaSApp app)
{
    private const string Header = "X-Api-Key";

    [Fact]
    public async Task A_key_is_accepted_in_either_header_and_shown_only_once()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.User, ["documents:read"]);
        Assert.Matches($"^saas_{tenant.Id.ToString("N")[^8..]}_[0-9A-Za-z]{{43}}_[0-9A-Za-z]{{6}}$", key.Secret);
        await StatusIsAsync(tenant, HttpStatusCode.OK, ("Authorization", $"Bearer {key.Secret}"));
        await StatusIsAsync(tenant, HttpStatusCode.OK, (Header, key.Secret));
        await StatusIsAsync(tenant, HttpStatusCode.OK, ("Authorization", $"bearer {key.Secret}"), (Header, key.Secret));

        using var listed = await tenant.Admin.Http.GetAsync($"{key.AccountPath(tenant)}/keys");
        var text = await listed.Content.ReadAsStringAsync();
        Assert.DoesNotContain(key.Secret, text, StringComparison.Ordinal);
        Assert.Contains(key.Secret[..18], text, StringComparison.Ordinal);
        var stored = await app.InControlAsync(db => db.ApiKeys.AsNoTracking().SingleAsync(one => one.Id == key.Id));
        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(key.Secret)), stored.KeyHash);
        Assert.Equal("no-store", listed.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task Two_different_credentials_are_rejected()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.User, ["documents:read"]);
        var other = await PlantedKey.AddAsync(tenant, key.ServiceAccount, ["documents:read"]);
        foreach (
            var headers in ((string, string)[][])
                [
                    [("Authorization", $"Bearer {tenant.Admin.AccessToken}"), (Header, key.Secret)],
                    [("Authorization", $"Bearer {other.Secret}"), (Header, key.Secret)],
                    [("Authorization", "Basic YWRhOnNlY3JldA=="), (Header, key.Secret)],
                    [(Header, other.Secret), (Header, key.Secret)],
                ]
        )
        {
            Assert.Equal("CONFLICTING_CREDENTIALS", await RefusalAsync(tenant, HttpStatusCode.BadRequest, headers));
        }
    }

    [Fact]
    public async Task A_wrong_key_is_rejected_and_one_of_wrong_checksum_needs_no_database()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.User, ["documents:read"]);
        var forged = ApiKeyText.Create(tenant.Id);
        string[] malformed =
        [
            "",
            "saas_",
            key.Secret[..^1],
            key.Secret + "0",
            Swap(key.Secret, 20), // the checksum of another key
            Swap(key.Secret, key.Secret.Length - 1),
            key.Secret.ToLowerInvariant(),
            key.Secret.Replace("saas_", "SAAS_", StringComparison.Ordinal),
        ];
        Assert.Equal("INVALID_API_KEY", await RefusalAsync(tenant, HttpStatusCode.Unauthorized, (Header, forged)));
        foreach (var wrong in malformed)
        {
            Assert.False(ApiKeyText.IsWellFormed(wrong), wrong);
            Assert.Equal("INVALID_API_KEY", await RefusalAsync(tenant, HttpStatusCode.Unauthorized, (Header, wrong)));
        }

        Assert.False(ApiKeyText.IsWellFormed($"{key.Secret[..^1]}é"));

        // Any single wrong character is noticed by the checksum.
        Assert.All(Enumerable.Range(0, key.Secret.Length), at => Assert.False(ApiKeyText.IsWellFormed(Swap(key.Secret, at))));
        Assert.All(Enumerable.Range(0, 200), _ => Assert.True(ApiKeyText.IsWellFormed(ApiKeyText.Create(tenant.Id))));
        using var answer = await SendAsync(app.Api, tenant, (Header, forged));
        Assert.Contains("invalid_token", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_checksum_is_the_published_one()
    {
        // CRC-32C of the check value "123456789" is 0xE3069283: whoever scans for leaked keys computes the same.
        const string Random = "0000000000000000000000000000000000000000000";
        var text = $"saas_00000000_{Random}";
        var crc = ~Encoding.ASCII.GetBytes(text).Aggregate(uint.MaxValue, BitOperations.Crc32C);
        Assert.Equal(0xE3069283u, ~"123456789"u8.ToArray().Aggregate(uint.MaxValue, BitOperations.Crc32C));
        const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        var checksum = "";
        for (var rest = crc; checksum.Length < 6; rest /= 62)
        {
            checksum = Digits[(int)(rest % 62)] + checksum;
        }

        Assert.True(ApiKeyText.IsWellFormed($"{text}_{checksum}"));
    }

    [Fact]
    public async Task A_revoked_key_is_rejected_at_once_by_every_process()
    {
        await using var other = app.StartApi();
        await using var tenant = await TestTenant.CreateAsync(app);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.User, ["documents:read"]);
        await BothAsync(HttpStatusCode.OK);
        using var revoked = await tenant.Admin.Http.DeleteAsync(key.PathOf(tenant));
        Assert.NotEqual(JsonValueKind.Null, (await revoked.ReadDataAsync()).GetProperty("revoked_at").ValueKind);
        await BothAsync(HttpStatusCode.Unauthorized);
        using var again = await tenant.Admin.Http.DeleteAsync(key.PathOf(tenant));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal("API_KEY_ENDED", await RotationRefusalAsync(tenant, key));

        async Task BothAsync(HttpStatusCode expected)
        {
            foreach (var api in (ApiUnderTest[])[app.Api, other])
            {
                using var answer = await SendAsync(api, tenant, (Header, key.Secret));
                Assert.Equal(expected, answer.StatusCode);
            }
        }
    }

    [Fact]
    public async Task The_keys_of_a_disabled_or_deleted_account_are_rejected_at_once()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.User, ["documents:read"]);
        await StatusIsAsync(tenant, HttpStatusCode.OK, (Header, key.Secret));
        await EnableAsync(false);
        await StatusIsAsync(tenant, HttpStatusCode.Unauthorized, (Header, key.Secret));
        await EnableAsync(true);
        await StatusIsAsync(tenant, HttpStatusCode.OK, (Header, key.Secret));
        using var deleted = await tenant.Admin.Http.DeleteAsync(key.AccountPath(tenant));
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        await StatusIsAsync(tenant, HttpStatusCode.Unauthorized, (Header, key.Secret));
        Assert.False(await app.InControlAsync(db => db.ApiKeys.AnyAsync(one => one.Id == key.Id)));

        async Task EnableAsync(bool isEnabled)
        {
            using var changed = await tenant.Admin.Http.PatchAsJsonAsync(key.AccountPath(tenant), new { is_enabled = isEnabled });
            Assert.Equal(isEnabled, (await changed.ReadDataAsync()).GetProperty("is_enabled").GetBoolean());
        }
    }

    [Fact]
    public async Task A_key_ends_with_its_lifetime_and_a_rotated_key_after_the_overlap()
    {
        var clock = new ShiftedClock();
        await using var api = app.StartApi(clock: clock);
        await using var tenant = await TestTenant.CreateAsync(app);
        var old = await PlantedKey.CreateAsync(tenant, TenantRole.User, ["documents:read"], ["127.0.0.0/8", "::1"]);
        using var rotated = await tenant.Admin.Http.PostAsJsonAsync($"{old.PathOf(tenant)}/rotate", new { overlap_seconds = 3_600 });
        var data = await rotated.ReadDataAsync(HttpStatusCode.Created);
        var successor = data.GetProperty("key").GetString()!;
        Assert.Equal(["documents:read"], TextsOf(data, "scopes"));
        Assert.Equal(["127.0.0.0/8", "::1/128"], TextsOf(data, "allowed_networks"));
        Assert.Equal("API_KEY_ENDED", await RotationRefusalAsync(tenant, old)); // already rotated
        await AreAsync(HttpStatusCode.OK, HttpStatusCode.OK);
        clock.Ahead = TimeSpan.FromMinutes(61);
        await AreAsync(HttpStatusCode.Unauthorized, HttpStatusCode.OK);
        clock.Ahead = TimeSpan.FromDays(366);
        await AreAsync(HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized);

        async Task AreAsync(HttpStatusCode first, HttpStatusCode second)
        {
            using var one = await SendAsync(api, tenant, (Header, old.Secret));
            using var two = await SendAsync(api, tenant, (Header, successor));
            Assert.Equal((first, second), (one.StatusCode, two.StatusCode));
        }
    }

    [Fact]
    public async Task A_rotation_leaves_out_scopes_that_the_role_lost()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.Admin, ["audit:read", "documents:read"]);
        var admins = await PlantedKey.AddAsync(tenant, key.ServiceAccount, ["audit:read"]);
        using var demoted = await tenant.Admin.Http.PatchAsJsonAsync(key.AccountPath(tenant), new { role = "viewer" });
        using var rotated = await tenant.Admin.Http.PostAsJsonAsync($"{key.PathOf(tenant)}/rotate", new { });
        Assert.Equal(["documents:read"], TextsOf(await rotated.ReadDataAsync(HttpStatusCode.Created), "scopes"));
        Assert.Equal("NO_USABLE_SCOPE", await RotationRefusalAsync(tenant, admins));
    }

    [Fact]
    public async Task A_key_is_accepted_only_from_its_networks()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var here = await PlantedKey.CreateAsync(tenant, TenantRole.User, ["documents:read"], ["127.0.0.1", "::1"]);
        var elsewhere = await PlantedKey.AddAsync(tenant, here.ServiceAccount, ["documents:read"], ["192.0.2.0/24", "2001:db8::/32"]);
        await StatusIsAsync(tenant, HttpStatusCode.OK, (Header, here.Secret));
        Assert.Equal("NETWORK_NOT_ALLOWED", await RefusalAsync(tenant, HttpStatusCode.Forbidden, (Header, elsewhere.Secret)));
        // An address that an unknown proxy claims does not count.
        Assert.Equal(
            "NETWORK_NOT_ALLOWED",
            await RefusalAsync(tenant, HttpStatusCode.Forbidden, (Header, elsewhere.Secret), ("X-Forwarded-For", "192.0.2.7"))
        );
    }

    [Fact]
    public async Task Keys_do_not_work_while_their_tenant_is_deleted()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.Admin, PlantedKey.AllScopes);
        using var deleted = await tenant.Admin.Http.DeleteAsync(tenant.Path);
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        await StatusIsAsync(tenant, HttpStatusCode.NotFound, (Header, key.Secret));
        using var restored = await tenant.Admin.Http.PostAsync($"{tenant.Path}/restore", content: null);
        Assert.Equal(HttpStatusCode.OK, restored.StatusCode);
        await StatusIsAsync(tenant, HttpStatusCode.OK, (Header, key.Secret));
    }

    [Fact]
    public async Task The_last_use_is_written_once_a_minute_without_delaying_requests()
    {
        var clock = new ShiftedClock();
        await using var api = app.StartApi(clock: clock);
        await using var tenant = await TestTenant.CreateAsync(app);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.User, ["documents:read"]);
        Assert.Null(await LastUseAsync(key));
        await UseAsync();
        await Eventually.HoldsAsync(async () => await LastUseAsync(key) is not null, "the first use is not written");
        var first = await LastUseAsync(key);
        await UseAsync();

        // While another transaction holds the row, requests go on, and the write waits.
        clock.Ahead = TimeSpan.FromMinutes(2);
        await app.InControlAsync(async db =>
        {
            await using var holding = await db.Database.BeginTransactionAsync();
            await db.Database.ExecuteSqlAsync($"SELECT FROM api_keys WHERE id = {key.Id} FOR UPDATE");
            await UseAsync();
            await RevokedWriteWaitsAsync(db);
            await UseAsync();
            await holding.RollbackAsync();
            return true;
        });
        await Eventually.HoldsAsync(async () => await LastUseAsync(key) >= first + TimeSpan.FromMinutes(1), "the last use is not written");

        async Task UseAsync()
        {
            using var answer = await SendAsync(api, tenant, (Header, key.Secret));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        static Task RevokedWriteWaitsAsync(DbContext db) => Access.RevokedAccessDuringRequestTests.IsWaitedForAsync(db);
    }

    [Fact]
    public async Task A_stopping_host_writes_the_last_use_of_keys()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.User, ["documents:read"]);
        await using (var api = app.StartApi())
        {
            using var answer = await SendAsync(api, tenant, (Header, key.Secret));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.NotNull(await LastUseAsync(key));
    }

    [Fact]
    public async Task What_a_key_does_is_recorded_under_its_service_account()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.User, ["documents:read", "documents:write"]);
        using var client = app.NewClient(key.Secret);
        var own = await tenant.UploadAsync("by a program"u8.ToArray(), uploader: client);
        var others = await tenant.UploadAsync("by a person"u8.ToArray());
        Assert.Equal(key.ServiceAccount, own.GetProperty("user_id").GetGuid());
        using var renamed = await client.PatchAsJsonAsync($"{tenant.Path}/documents/{own.IdOf()}", new { filename = "mine.pdf" });
        using var denied = await client.PatchAsJsonAsync($"{tenant.Path}/documents/{others.IdOf()}", new { filename = "theirs.pdf" });
        using var removed = await client.GetAsync($"{tenant.Path}/users");
        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden),
            (renamed.StatusCode, denied.StatusCode, removed.StatusCode)
        );

        var actor = $"service_account:{key.ServiceAccount}";
        Assert.Equal(["document.updated", "document.uploaded"], (await ActionsAsync()).Where(action => action != "access.denied"));
        await Eventually.HoldsAsync(
            async () => (await ActionsAsync()).Contains("access.denied"),
            "the denied requests are not recorded under the service account"
        );

        async Task<List<string>> ActionsAsync()
        {
            using var audit = await tenant.Admin.Http.GetAsync($"{tenant.Path}/audit?actor={actor}");
            return
            [
                .. (await audit.ReadDataAsync())
                    .GetProperty("entries")
                    .EnumerateArray()
                    .Select(entry => entry.GetProperty("action").GetString()!)
                    .Distinct()
                    .Order(),
            ];
        }
    }

    [Fact]
    public async Task A_tenant_shows_its_members_only_to_keys_that_may_read_them()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var without = app.NewClient((await PlantedKey.CreateAsync(tenant, TenantRole.User, ["tenant:read"])).Secret);
        using var with = app.NewClient((await PlantedKey.CreateAsync(tenant, TenantRole.User, ["tenant:read", "members:read"])).Secret);
        Assert.Equal((0, 1), (await CountAsync(without), await CountAsync(with)));

        async Task<int> CountAsync(HttpClient client)
        {
            using var shown = await client.GetAsync(tenant.Path);
            var data = await shown.ReadDataAsync();
            Assert.Equal("user", data.GetProperty("role").GetString());
            return data.GetProperty("members").GetArrayLength();
        }
    }

    [Fact]
    public async Task Idempotency_keys_of_a_service_account_are_its_own()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var first = await PlantedKey.CreateAsync(tenant, TenantRole.User, ["documents:write"]);
        var sibling = await PlantedKey.AddAsync(tenant, first.ServiceAccount, ["documents:write"]);
        var other = await PlantedKey.CreateAsync(tenant, TenantRole.User, ["documents:write"]);
        var uploaded = await UploadAsync(first);
        Assert.Equal(uploaded, await UploadAsync(sibling)); // a rotated key repeats the requests of its predecessor
        Assert.NotEqual(uploaded, await UploadAsync(other));
        Assert.Equal(2, await app.InTenantAsync(tenant.Id, db => db.Documents.CountAsync()));

        async Task<Guid> UploadAsync(PlantedKey key)
        {
            using var client = app.NewClient(key.Secret);
            client.DefaultRequestHeaders.Add("Idempotency-Key", "nightly");
            return (await tenant.UploadAsync("the same"u8.ToArray(), uploader: client)).IdOf();
        }
    }

    [Fact]
    public async Task Requests_with_a_key_need_no_second_connection()
    {
        await using var api = app.StartApi(
            new()
            {
                ["ControlConnections:Budget"] = "2", // one listens for ended sessions
                ["ConnectionStrings:saas-platform"] = $"{app.Setting("ConnectionStrings:saas-platform")};Timeout=5",
            }
        );
        await using var tenant = await TestTenant.CreateAsync(app);
        var ids = await TenantIds.PlantAsync(app, tenant);
        using var key = api.NewClient((await PlantedKey.CreateAsync(tenant, TenantRole.Admin, PlantedKey.AllScopes)).Secret);
        foreach (
            var operation in (await Architecture.TenantMatrixTests.ReadOperationsAsync(app))
                .Where(one => one.Scope is not null)
                .OrderBy(one => one.Method == "DELETE")
        )
        {
            using var answer = await key.SendAsync(Architecture.TenantMatrixTests.RequestOf(operation, ids));
            Assert.True((int)answer.StatusCode < 500, $"{operation.Name}: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    [Fact]
    public async Task Each_service_account_has_a_rate_limit_of_its_own()
    {
        await using var api = app.StartApi(
            new()
            {
                ["RateLimits:Enabled"] = "true",
                ["RateLimits:ServiceAccount:Permits"] = "2",
                ["RateLimits:ServiceAccount:Period"] = "01:00:00",
            }
        );
        await using var tenant = await TestTenant.CreateAsync(app);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.User, ["documents:read"]);
        var sibling = await PlantedKey.AddAsync(tenant, key.ServiceAccount, ["documents:read"]);
        var other = await PlantedKey.CreateAsync(tenant, TenantRole.User, ["documents:read"]);
        var statuses = new List<HttpStatusCode>();
        foreach (var used in (PlantedKey[])[key, sibling, key, other])
        {
            using var answer = await SendAsync(api, tenant, (Header, used.Secret));
            Assert.Contains(
                answer.Headers.GetValues("RateLimit-Policy"),
                policy => policy.StartsWith("\"service-account\"", StringComparison.Ordinal)
            );
            statuses.Add(answer.StatusCode);
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests, HttpStatusCode.OK], statuses);
    }

    [Fact]
    public async Task A_key_is_neither_in_events_nor_in_the_database()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.Admin, PlantedKey.AllScopes);
        using var rotated = await tenant.Admin.Http.PostAsJsonAsync($"{key.PathOf(tenant)}/rotate", new { overlap_seconds = 60 });
        var successor = (await rotated.ReadDataAsync(HttpStatusCode.Created)).GetProperty("key").GetString()!;
        await tenant.DrainAsync();
        foreach (var secret in (string[])[key.Secret, successor])
        {
            var random = secret.Split('_')[2];
            var found = await app.InControlAsync(db =>
                db.Database.SqlQuery<string>(
                        $"""
                        SELECT name AS "Value" FROM (
                            SELECT 'event_log' AS name, e::text AS row_text FROM event_log e
                            UNION ALL SELECT 'audit_entries', a::text FROM audit_entries a
                            UNION ALL SELECT 'idempotency_records', i::text FROM idempotency_records i
                            UNION ALL SELECT 'api_keys', k::text FROM api_keys k) AS everything
                        WHERE position({random} in row_text) > 0
                        """
                    )
                    .ToListAsync()
            );
            Assert.Empty(found);
        }
    }

    private async Task<DateTimeOffset?> LastUseAsync(PlantedKey key) =>
        await app.InControlAsync(db => db.ApiKeys.Where(one => one.Id == key.Id).Select(one => one.LastUsedAt).SingleAsync());

    private static List<string> TextsOf(JsonElement created, string field) =>
        [.. created.GetProperty("api_key").GetProperty(field).EnumerateArray().Select(item => item.GetString()!)];

    private static string Swap(string key, int at) => key[..at] + (key[at] == '7' ? '8' : '7') + key[(at + 1)..];

    private static async Task<string> RotationRefusalAsync(TestTenant tenant, PlantedKey key)
    {
        using var rotated = await tenant.Admin.Http.PostAsJsonAsync($"{key.PathOf(tenant)}/rotate", new { });
        return await rotated.ReadProblemAsync(HttpStatusCode.Conflict);
    }

    private static async Task<HttpResponseMessage> SendAsync(
        ApiUnderTest api,
        TestTenant tenant,
        params (string Name, string Value)[] headers
    )
    {
        using var client = api.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{tenant.Path}/documents");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request);
    }

    private async Task StatusIsAsync(TestTenant tenant, HttpStatusCode expected, params (string Name, string Value)[] headers)
    {
        using var answer = await SendAsync(app.Api, tenant, headers);
        Assert.Equal(expected, answer.StatusCode);
    }

    private async Task<string> RefusalAsync(TestTenant tenant, HttpStatusCode expected, params (string Name, string Value)[] headers)
    {
        using var answer = await SendAsync(app.Api, tenant, headers);
        return await answer.ReadProblemAsync(expected);
    }
}
