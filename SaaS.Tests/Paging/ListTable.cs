using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Documents;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Sso.BreakGlass;
using SaaS.Core.Identity.Sso.SignIn;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Core.Operations.Monitoring;
using SaaS.Core.Tenancy.ServiceAccounts;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Paging;

/// <summary>A tenant with filled lists, its admin, and an operator.</summary>
internal sealed record ListStage(SaaSApp App, TestTenant Tenant, TestUser Operator)
{
    /// <summary>Identifies the entries of this stage in lists that show operators all tenants.</summary>
    public string Marker { get; } = Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal);

    public TestUser Admin => Tenant.Admin;

    /// <summary>The service account whose keys are listed.</summary>
    public Guid ServiceAccount { get; set; }

    public static DateTimeOffset Now => TimeProvider.System.GetUtcNow();
}

/// <summary>One list of the API, described by hand.</summary>
/// <param name="Name">Method and path, as the OpenAPI document has them.</param>
/// <param name="Items">The field of the entries; null where the data are the entries.</param>
/// <param name="Id">The field that identifies an entry.</param>
internal sealed record ListRoute(string Name, string? Items, string Id)
{
    /// <summary>Adds the given number of entries and returns their ids.</summary>
    public required Func<ListStage, int, Task<List<string>>> Plant { get; init; }

    /// <summary>Removes one entry; null where only a job can remove it.</summary>
    public Func<ListStage, string, Task>? Remove { get; init; }

    /// <summary>Returns a query that limits the list to the entries of this stage, where such a filter exists.</summary>
    public Func<ListStage, string> Filter { get; init; } = _ => "";

    public bool IsForOperators { get; init; }

    public string PathOf(ListStage stage) =>
        Name["GET ".Length..]
            .Replace("{tenantId}", stage.Tenant.Id.ToString(), StringComparison.Ordinal)
            .Replace("{serviceAccountId}", stage.ServiceAccount.ToString(), StringComparison.Ordinal);

    public HttpClient ClientOf(ListStage stage) => (IsForOperators ? stage.Operator : stage.Admin).Http;
}

/// <summary>Every list of the API. <see cref="ListRouteTests"/> fails if one is missing.</summary>
internal static class ListTable
{
    public static readonly IReadOnlyList<ListRoute> Routes =
    [
        new("GET /api/tenants/{tenantId}/documents", "documents", "id")
        {
            Plant = UploadAsync,
            Remove = (stage, id) => DeleteAsync(stage, $"{stage.Tenant.Path}/documents/{id}"),
        },
        new("GET /api/files/{tenantId}/files", "files", "id")
        {
            Plant = async (stage, count) =>
            {
                var documents = await UploadAsync(stage, count);
                return await stage.App.InTenantAsync(
                    stage.Tenant.Id,
                    db =>
                        db.Documents.Where(document => documents.Contains(document.Id.ToString()))
                            .Select(document => document.FileId.ToString())
                            .ToListAsync()
                );
            },
        },
        new("GET /api/tenants/{tenantId}/files/orphaned", "files", "id")
        {
            Plant = PlantOrphansAsync,
            Remove = (stage, id) => DeleteAsync(stage, $"{stage.Tenant.FilesPath}/{id}"),
        },
        new("GET /api/tenants/{tenantId}/users", "members", "id")
        {
            Plant = (stage, count) => RepeatAsync(count, async _ => (await stage.Tenant.AddAsync(TenantRole.Viewer)).Id.ToString()),
            Remove = (stage, id) => DeleteAsync(stage, $"{stage.Tenant.Path}/users/{id}"),
        },
        new("GET /api/tenants/{tenantId}/invitations", "invitations", "id")
        {
            Plant = (stage, count) => InviteAsync(stage, stage.Tenant, count, _ => TestUser.NewEmail()),
        },
        new("GET /api/users/me/invitations", Items: null, "id")
        {
            Plant = InviteAdminAsync,
            Remove = (stage, id) => stage.Admin.Http.PostAsJsonAsync("/api/invitations/decline", new { invitation_id = id }),
        },
        new("GET /api/tenants/{tenantId}/audit", "entries", "id") { Plant = PlantAuditAsync },
        new("GET /api/tenants/{tenantId}/service-accounts", "service_accounts", "id")
        {
            Plant = (stage, count) => RepeatAsync(count, async _ => (await CreateServiceAccountAsync(stage)).ToString()),
            Remove = (stage, id) => DeleteAsync(stage, $"{stage.Tenant.Path}/service-accounts/{id}"),
        },
        new("GET /api/tenants/{tenantId}/service-accounts/{serviceAccountId}/keys", "api_keys", "id") { Plant = PlantApiKeysAsync },
        new("GET /api/tenants", Items: null, "id")
        {
            Plant = CreateTenantsAsync,
            Remove = (stage, id) => DeleteAsync(stage, $"/api/tenants/{id}"),
        },
        new("GET /api/users/me/tenants", Items: null, "id")
        {
            Plant = CreateTenantsAsync,
            Remove = (stage, id) => DeleteAsync(stage, $"/api/tenants/{id}"),
        },
        new("GET /api/users/me/sessions", "sessions", "id")
        {
            Plant = SignInAsync,
            Remove = (stage, id) => DeleteAsync(stage, $"/api/users/me/sessions/{id}"),
        },
        new("GET /api/tenants/{tenantId}/sso/domains", "domains", "domain")
        {
            Plant = AddDomainsAsync,
            Remove = (stage, domain) => DeleteAsync(stage, $"{stage.Tenant.Path}/sso/domains/{domain}"),
        },
        new("GET /api/tenants/{tenantId}/sso/break-glass", Items: null, "user_id")
        {
            Plant = PlantBreakGlassAsync,
            Remove = (stage, id) => DeleteAsync(stage, $"{stage.Tenant.Path}/sso/break-glass/{id}"),
        },
        new("GET /api/auth/sso/identities", "identities", "tenant_id") { Plant = PlantIdentitiesAsync },
        new("GET /api/users/me/sso-identities", Items: null, "tenant_id") { Plant = PlantIdentitiesAsync },
        new("GET /api/tenants/sso/configs", "configurations", "tenant_id") { Plant = ConfigureAsync, IsForOperators = true },
        new("GET /api/admin/users", "users", "id")
        {
            Plant = PlantUsersAsync,
            Filter = stage => $"search={stage.Marker}",
            IsForOperators = true,
        },
        new("GET /api/admin/tenants", "tenants", "id")
        {
            Plant = CreateTenantsAsync,
            Filter = stage => $"search={stage.Marker}",
            IsForOperators = true,
        },
        new("GET /api/admin/operators", "users", "id")
        {
            Plant = (stage, count) => RepeatAsync(count, async _ => (await TestUser.OperatorAsync(stage.App)).Id.ToString()),
            IsForOperators = true,
        },
        new("GET /api/admin/events/dead", "events", "event_id")
        {
            Plant = PlantDeadLettersAsync,
            Filter = stage => $"consumer={stage.Marker}",
            IsForOperators = true,
        },
        new("GET /api/admin/jobs/runs", "runs", "id")
        {
            Plant = PlantRunsAsync,
            Filter = stage => $"job={stage.Marker}",
            IsForOperators = true,
        },
        new("GET /api/admin/usage", "reports", "tenant_id")
        {
            Plant = PlantUsageAsync,
            Filter = stage => $"day={DayOf(stage):yyyy-MM-dd}",
            IsForOperators = true,
        },
        new("GET /api/admin/audit", "entries", "id")
        {
            Plant = PlantAuditAsync,
            Filter = stage => $"tenant_id={stage.Tenant.Id}",
            IsForOperators = true,
        },
        new("GET /api/admin/migrations", "tenants", "tenant_id") { Plant = CreateTenantsAsync, IsForOperators = true },
    ];

    public static IEnumerable<TheoryDataRow<string>> Names => Routes.Select(route => new TheoryDataRow<string>(route.Name));

    public static ListRoute Find(string name) => Routes.Single(route => route.Name == name);

    private static async Task<List<string>> RepeatAsync(int count, Func<int, Task<string>> add)
    {
        List<string> added = [];
        for (var number = 0; number < count; number++)
        {
            added.Add(await add(number));
        }

        return added;
    }

    private static async Task DeleteAsync(ListStage stage, string path)
    {
        using var deleted = await stage.Admin.Http.DeleteAsync(path);
        await deleted.ReadAsync(HttpStatusCode.OK);
    }

    private static Task<List<string>> UploadAsync(ListStage stage, int count) =>
        RepeatAsync(count, async _ => (await stage.Tenant.UploadAsync(Guid.CreateVersion7(ListStage.Now).ToByteArray())).IdOf().ToString());

    private static async Task<Guid> CreateServiceAccountAsync(ListStage stage)
    {
        using var created = await stage.Admin.Http.PostAsJsonAsync(
            $"{stage.Tenant.Path}/service-accounts",
            new { name = "Importer", role = "viewer" }
        );
        return (await created.ReadDataAsync(HttpStatusCode.Created)).IdOf();
    }

    // In the database, because the API limits the number of valid keys.
    private static async Task<List<string>> PlantApiKeysAsync(ListStage stage, int count)
    {
        if (stage.ServiceAccount == default)
        {
            stage.ServiceAccount = await CreateServiceAccountAsync(stage);
        }

        return await RepeatAsync(
            count,
            async _ =>
            {
                var key = new ApiKey
                {
                    Id = Guid.CreateVersion7(ListStage.Now),
                    ServiceAccountId = stage.ServiceAccount,
                    Name = "Nightly import",
                    Hint = "none",
                    KeyHash = Guid.CreateVersion7(ListStage.Now).ToByteArray(),
                    Scopes = ["documents:read"],
                    AllowedNetworks = [],
                    CreatedBy = stage.Admin.Id,
                    CreatedAt = ListStage.Now,
                    ExpiresAt = ListStage.Now.AddDays(1),
                };
                await AddAsync(stage, key);
                return key.Id.ToString();
            }
        );
    }

    private static Task<List<string>> PlantOrphansAsync(ListStage stage, int count) =>
        RepeatAsync(count, async _ => (await stage.Tenant.UploadOrphanAsync(Guid.CreateVersion7(ListStage.Now).ToByteArray())).ToString());

    private static Task<List<string>> CreateTenantsAsync(ListStage stage, int count) =>
        RepeatAsync(
            count,
            async number =>
            {
                using var created = await stage.Admin.Http.PostAsJsonAsync("/api/tenants", new { name = $"{stage.Marker} {number}" });
                return (await created.ReadDataAsync(HttpStatusCode.Created)).IdOf().ToString();
            }
        );

    private static Task<List<string>> SignInAsync(ListStage stage, int count) =>
        RepeatAsync(
            count,
            async _ =>
            {
                var again = await TestUser.LogInAsync(stage.App, stage.Admin.Email);
                using var listed = await again.Http.GetAsync("/api/users/me/sessions?per_page=100");
                return (await listed.ReadDataAsync())
                    .GetProperty("sessions")
                    .EnumerateArray()
                    .Single(session => session.GetProperty("is_current").GetBoolean())
                    .IdOf()
                    .ToString();
            }
        );

    private static Task<List<string>> AddDomainsAsync(ListStage stage, int count) =>
        RepeatAsync(
            count,
            async _ =>
            {
                using var added = await stage.Admin.Http.PostAsJsonAsync(
                    $"{stage.Tenant.Path}/sso/domains",
                    new { domain = $"{Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal)}.example" }
                );
                return (await added.ReadDataAsync(HttpStatusCode.Created)).GetProperty("domain").GetString()!;
            }
        );

    private static Task<List<string>> PlantBreakGlassAsync(ListStage stage, int count) =>
        RepeatAsync(
            count,
            async _ =>
            {
                var member = await stage.Tenant.AddAsync(TenantRole.Admin);
                await AddAsync(
                    stage,
                    new BreakGlassAdmin
                    {
                        TenantId = stage.Tenant.Id,
                        UserId = member.Id,
                        EncryptedSecret = "none",
                        CreatedAt = ListStage.Now,
                    }
                );
                return member.Id.ToString();
            }
        );

    private static async Task<List<string>> PlantIdentitiesAsync(ListStage stage, int count)
    {
        var tenants = await CreateTenantsAsync(stage, count);
        foreach (var tenant in tenants)
        {
            await AddAsync(
                stage,
                new SsoIdentity
                {
                    Id = Guid.CreateVersion7(ListStage.Now),
                    TenantId = Guid.Parse(tenant),
                    UserId = stage.Admin.Id,
                    DirectoryId = Guid.CreateVersion7(ListStage.Now),
                    ObjectId = Guid.CreateVersion7(ListStage.Now),
                    LastSyncAt = ListStage.Now,
                    CreatedAt = ListStage.Now,
                }
            );
        }

        return tenants;
    }

    private static async Task<List<string>> ConfigureAsync(ListStage stage, int count)
    {
        var tenants = await CreateTenantsAsync(stage, count);
        foreach (var tenant in tenants)
        {
            using var configured = await stage.Admin.Http.PostAsJsonAsync(
                $"/api/tenants/{tenant}/sso/config",
                new
                {
                    client_id = "c",
                    client_secret = "s",
                    provider_tenant_id = "contoso.example",
                }
            );
            await configured.ReadAsync(HttpStatusCode.Created);
        }

        return tenants;
    }

    private static Task<List<string>> PlantUsersAsync(ListStage stage, int count) =>
        RepeatAsync(
            count,
            async number =>
            {
                using var anonymous = stage.App.NewClient();
                var email = $"{stage.Marker}-{Path.GetRandomFileName()}@example.com";
                using var registered = await anonymous.PostAsJsonAsync(
                    "/api/auth/register",
                    new
                    {
                        first_name = "Ada",
                        last_name = "Lovelace",
                        email,
                        password = TestUser.Password,
                    }
                );
                await registered.ReadAsync(HttpStatusCode.Created);
                return (await stage.App.InControlAsync(db => db.Users.SingleAsync(user => (string)user.Email == email))).Id.ToString();
            }
        );

    private static Task<List<string>> PlantAuditAsync(ListStage stage, int count) =>
        RepeatAsync(
            count,
            async _ =>
            {
                var entry = Core.Auditing.AuditEntry.Create(
                    ListStage.Now,
                    stage.Tenant.Id,
                    "job:test",
                    Core.Auditing.AuditAction.MemberRoleChanged,
                    stage.Tenant.Id,
                    Core.Auditing.AuditDetails.Create("by", stage.Marker),
                    origin: default
                );
                await AddAsync(stage, entry);
                return entry.Id.ToString();
            }
        );

    private static Task<List<string>> PlantDeadLettersAsync(ListStage stage, int count) =>
        RepeatAsync(
            count,
            async _ =>
            {
                var id = Guid.CreateVersion7(ListStage.Now);
                await AddAsync(
                    stage,
                    new DeadLetter
                    {
                        EventId = id,
                        Consumer = stage.Marker,
                        TenantId = null,
                        Type = "test",
                        Envelope = "{}",
                        Error = "none",
                        Attempts = 1,
                        FailedAt = ListStage.Now,
                    }
                );
                return id.ToString();
            }
        );

    private static Task<List<string>> PlantRunsAsync(ListStage stage, int count) =>
        RepeatAsync(
            count,
            async number =>
            {
                var id = Guid.CreateVersion7(ListStage.Now);
                await AddAsync(
                    stage,
                    new JobRun
                    {
                        Id = id,
                        Job = stage.Marker,
                        Host = "test",
                        StartedAt = ListStage.Now.AddDays(-1),
                        EndedAt = ListStage.Now,
                        Outcome = JobOutcome.Succeeded,
                    }
                );
                return id.ToString();
            }
        );

    // Several entries have the same storage size, so that the order needs its second key.
    private static Task<List<string>> PlantUsageAsync(ListStage stage, int count) =>
        RepeatAsync(
            count,
            async number =>
            {
                var id = Guid.CreateVersion7(ListStage.Now);
                await AddAsync(
                    stage,
                    new UsageReport
                    {
                        Day = DayOf(stage),
                        TenantId = id,
                        Members = 1,
                        Documents = 1,
                        StorageBytes = number / 3,
                        ReportedAt = ListStage.Now,
                    }
                );
                return id.ToString();
            }
        );

    private static DateOnly DayOf(ListStage stage) =>
        new DateOnly(1900, 1, 1).AddDays(BitConverter.ToUInt16(stage.Tenant.Id.ToByteArray(), startIndex: 14));

    private static Task<int> AddAsync(ListStage stage, object entity) =>
        stage.App.InControlAsync(db =>
        {
            db.Add(entity);
            return db.SaveChangesAsync();
        });

    private static Task<List<string>> InviteAsync(ListStage stage, TestTenant tenant, int count, Func<int, string> email) =>
        RepeatAsync(
            count,
            async at =>
            {
                using var invited = await tenant.Admin.Http.PostAsJsonAsync(
                    $"{tenant.Path}/invitations",
                    new { email = email(at), role = "user" }
                );
                return (await invited.ReadDataAsync(HttpStatusCode.Created)).GetProperty("invitations")[0].IdOf().ToString();
            }
        );

    // Each by a tenant of its own, because a tenant invites an address once.
    private static async Task<List<string>> InviteAdminAsync(ListStage stage, int count)
    {
        await stage.App.InControlAsync(db =>
            db.Users.Where(user => user.Id == stage.Admin.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(user => user.EmailVerifiedAt, ListStage.Now))
        );
        var ids = new List<string>();
        for (var at = 0; at < count; at++)
        {
            await using var tenant = await TestTenant.CreateAsync(stage.App);
            ids.AddRange(await InviteAsync(stage, tenant, 1, _ => stage.Admin.Email));
        }

        return ids;
    }
}
