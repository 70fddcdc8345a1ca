using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Documents;
using SaaS.Core.Tenancy;
using SaaS.Tests.Architecture;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Access;

/// <summary>
/// Tests that every operation with a body is rejected, and changes nothing, when the caller's access ends while the body is being
/// sent. Operations are read from the OpenAPI document, so new ones are covered automatically.
/// </summary>
public sealed class RevokedAccessDuringRequestTests(SaaSApp app)
{
    /// <summary>Request bodies for the operations outside tenants, built from the ids of a tenant.</summary>
    internal static readonly Dictionary<string, Func<TenantIds, object>> Bodies = new()
    {
        ["POST /api/tenants"] = _ => new { name = "Held" },
        ["PUT /api/users/me"] = _ => new { first_name = "Held" },
        ["PATCH /api/users/me"] = _ => new { first_name = "Held" },
        ["PUT /api/users/me/password"] = _ => new { current_password = TestUser.Password, new_password = "Held-open-1843" },
        ["PUT /api/users/me/email"] = _ => new { email = TestUser.NewEmail(), current_password = TestUser.Password },
        ["POST /api/auth/step-up"] = _ => new { password = TestUser.Password },
        ["POST /api/users/me/factors/totp"] = _ => new { name = "Held" },
        ["POST /api/users/me/factors/totp/confirm"] = _ => new { code = "123456" },
        ["POST /api/users/me/factors/passkeys"] = _ => new { name = "Held", credential = new { id = "AQIDBA" } },
        ["POST /api/auth/sso/switch-tenant"] = ids => new { target_tenant_id = ids.Tenant },
        ["POST /api/auth/sso/azure/logout/{tenantId}"] = _ => new { },
        ["PUT /api/admin/tenants/{tenantId}/quotas"] = _ => new { max_members = 7 },
        ["POST /api/invitations/accept"] = ids => new { invitation_id = ids.Invitation },
        ["POST /api/users/me/tenants"] = ids => new { tenant_id = ids.Tenant },
        ["POST /api/admin/tenants/{tenantId}/suspend"] = _ => new { mode = "closed", reason = "Held" },
        ["POST /api/admin/operators"] = _ => new { email = TestUser.NewEmail() },
        ["POST /api/admin/events/dead/replay"] = ids => new { tenant_id = ids.Tenant },
        ["POST /api/demo/kafka/produce"] = _ => new { topic = "held", message = new { text = "held" } },
    };

    public enum Ending
    {
        Removal,
        Demotion,
        DeletionOfTheTenant,
        ClosingOfTheTenant,
        ReadOnlyTenant,
        SignOut,
        Deactivation,
        PasswordChange,
    }

    [Theory]
    [InlineData(Ending.Removal)]
    [InlineData(Ending.Demotion)]
    [InlineData(Ending.DeletionOfTheTenant)]
    [InlineData(Ending.ClosingOfTheTenant)]
    [InlineData(Ending.ReadOnlyTenant)]
    [InlineData(Ending.SignOut)]
    [InlineData(Ending.Deactivation)]
    [InlineData(Ending.PasswordChange)]
    public async Task An_open_request_is_rejected_without_changes_when_access_is_revoked(Ending ending)
    {
        await using var api = StartPatient();
        await using var tenant = await TestTenant.CreateAsync(app);
        var ids = await TenantIds.PlantAsync(app, tenant);
        var currentUser = await TestUser.OperatorAsync(app);
        using var added = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/users", new { user_id = currentUser.Id, role = "admin" });
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);

        var operations = (await ApiOperation.ReadAllAsync(app))
            .Where(operation => operation.Bodies.Count > 0 && operation.NeedsSignIn)
            .ToList();
        var ofTenant = operations.Where(operation => operation.Role is not null).ToList();
        Assert.Equal(operations.Except(ofTenant).Select(operation => operation.Name).Order(), Bodies.Keys.Order());
        Assert.Contains(ofTenant, operation => operation.Bodies.Contains("multipart/form-data"));

        var held = new List<(string Name, HeldRequest Request)>();
        foreach (var operation in ending < Ending.SignOut ? ofTenant : operations)
        {
            var body = (operation.Role is null ? Bodies : TenantMatrixTests.Bodies).GetValueOrDefault(operation.Name)?.Invoke(ids);
            held.Add((operation.Name, await HeldRequest.OpenAsync(api, operation.RequestWith(ids.ByName, body), currentUser.AccessToken)));
        }

        await EndAsync(ending, tenant, currentUser);
        await app.DrainAsync(tenant.Id);
        var before = await ShowAsync(tenant.Id, currentUser.Id);
        foreach (var (name, request) in held)
        {
            var (status, text) = await request.FinishAsync();
            Assert.True(ExpectedOf(ending) == status, $"{name} after {ending}: {status} {text}");
            request.Dispose();
        }

        Assert.Equal(before, await ShowAsync(tenant.Id, currentUser.Id));
    }

    [Fact]
    public async Task An_upload_waiting_for_a_lock_is_rejected_when_its_uploader_is_removed()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var user = await tenant.AddAsync(TenantRole.User);
        var refused = await app.InTenantAsync(
            tenant.Id,
            async db =>
            {
                await using var others = await db.Database.BeginTransactionAsync();
                await db.Database.ExecuteSqlAsync($"SELECT FROM content_usage FOR UPDATE");
                var uploading = user.Http.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf("late"u8.ToArray()));
                await IsWaitedForAsync(db);
                using var removed = await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/users/{user.Id}");
                Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
                await others.RollbackAsync();
                return await uploading;
            }
        );

        Assert.Equal("NOT_FOUND", await refused.ReadProblemAsync(HttpStatusCode.NotFound));
        Assert.Equal(0, await app.InTenantAsync(tenant.Id, db => db.Documents.CountAsync()));
        Assert.Empty(tenant.Objects);
    }

    [Fact]
    public async Task A_change_waits_for_a_concurrent_session_end_and_is_rejected()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var newcomer = await TestUser.RegisterAsync(app);
        var refused = await app.InControlAsync(async db =>
        {
            await using var ending = await db.Database.BeginTransactionAsync();
            await db.Database.ExecuteSqlAsync($"UPDATE sessions SET ended_at = now() WHERE user_id = {tenant.Admin.Id}");
            var adding = tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/users", new { user_id = newcomer.Id, role = "admin" });
            await IsWaitedForAsync(db);
            await ending.CommitAsync();
            return await adding;
        });

        Assert.Equal("UNAUTHORIZED", await refused.ReadProblemAsync(HttpStatusCode.Unauthorized));
        Assert.False(await app.InControlAsync(db => db.Memberships.AnyAsync(member => member.UserId == newcomer.Id)));
    }

    [Fact]
    public async Task An_open_form_is_rejected_when_its_operator_signs_out()
    {
        const string OfThisPage = "Sec-Fetch-Site";
        await using var api = StartPatient();
        var operator_ = await TestUser.OperatorAsync(app);
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = api.ClientOptions.BaseAddress,
        };
        browser.DefaultRequestHeaders.Add(OfThisPage, "same-origin");
        using var signedIn = await browser.PostAsync(
            "/jobs/sign-in",
            new FormUrlEncodedContent(new Dictionary<string, string> { ["email"] = operator_.Email, ["password"] = TestUser.Password })
        );
        var cookie = signedIn.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        using var form = new HttpRequestMessage(HttpMethod.Post, "/jobs/password")
        {
            Content = new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["current"] = TestUser.Password,
                    ["wanted"] = "Held-open-1843",
                    ["again"] = "Held-open-1843",
                }
            ),
        };
        using var held = await HeldRequest.OpenWithAsync(api, form, $"Cookie: {cookie}\r\n{OfThisPage}: same-origin");
        using var signedOut = await browser.PostAsync("/jobs/sign-out", content: null);
        var (status, _) = await held.FinishAsync();

        Assert.Equal((HttpStatusCode.Redirect, 401), (signedOut.StatusCode, status));
        await TestUser.LogInAsync(app, operator_.Email); // the password is unchanged
    }

    private ApiUnderTest StartPatient() =>
        app.StartApi(new() { ["Requests:BodyGrace"] = "00:05:00", ["Requests:BodyTimeout"] = "00:05:00" });

    private static int ExpectedOf(Ending ending) =>
        ending switch
        {
            Ending.Removal or Ending.DeletionOfTheTenant => 404,
            Ending.Demotion or Ending.ClosingOfTheTenant or Ending.ReadOnlyTenant => 403,
            _ => 401,
        };

    private async Task EndAsync(Ending ending, TestTenant tenant, TestUser currentUser)
    {
        using var answer = ending switch
        {
            Ending.Removal => await tenant.Admin.Http.DeleteAsync($"{tenant.Path}/users/{currentUser.Id}"),
            Ending.Demotion => await tenant.Admin.Http.PutAsJsonAsync($"{tenant.Path}/users/{currentUser.Id}", new { role = "viewer" }),
            Ending.DeletionOfTheTenant => await tenant.Admin.Http.DeleteAsync(tenant.Path),
            Ending.ClosingOfTheTenant => await SuspendAsync("closed"),
            Ending.ReadOnlyTenant => await SuspendAsync("read_only"),
            Ending.SignOut => await currentUser.Http.PostAsync("/api/auth/logout", content: null),
            Ending.Deactivation => await (await TestUser.OperatorAsync(app)).Http.PostAsync(
                $"/api/admin/users/{currentUser.Id}/deactivate",
                content: null
            ),
            _ => await (await TestUser.LogInAsync(app, currentUser.Email)).Http.PutAsJsonAsync(
                "/api/users/me/password",
                new { current_password = TestUser.Password, new_password = "Another-1843" }
            ),
        };
        Assert.True(answer.IsSuccessStatusCode, $"{ending}: {await answer.Content.ReadAsStringAsync()}");

        async Task<HttpResponseMessage> SuspendAsync(string mode) =>
            await (await TestUser.OperatorAsync(app)).Http.PostAsJsonAsync(
                $"/api/admin/tenants/{tenant.Id}/suspend",
                new { mode, reason = "A test" }
            );
    }

    // Runs on the connection that holds the lock.
    internal static Task IsWaitedForAsync(DbContext db) =>
        Eventually.HoldsAsync(
            async () =>
                await db
                    .Database.SqlQuery<bool>(
                        $"SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))) AS \"Value\""
                    )
                    .SingleAsync(),
            "nobody waits for the lock"
        );

    // Returns the rows that these operations could change as text, without the audit entries of the rejections.
    private async Task<string> ShowAsync(Guid tenantId, Guid callerId)
    {
        var control = await app.InControlAsync(db =>
            db.Database.SqlQuery<string>(
                    $"""
                    SELECT row_text AS "Value" FROM (
                        SELECT u::text AS row_text FROM users u WHERE id = {callerId}
                        UNION ALL SELECT t::text FROM tenants t WHERE id = {tenantId} OR created_by = {callerId}
                        UNION ALL SELECT m::text FROM memberships m WHERE tenant_id = {tenantId} OR user_id = {callerId}
                        UNION ALL SELECT c::text FROM sso_configurations c WHERE tenant_id = {tenantId}
                        UNION ALL SELECT d::text FROM sso_domains d WHERE tenant_id = {tenantId}
                        UNION ALL SELECT n::text FROM service_accounts n WHERE tenant_id = {tenantId}
                        UNION ALL SELECT k::text FROM api_keys k JOIN service_accounts n ON n.id = k.service_account_id WHERE n.tenant_id = {tenantId}
                        UNION ALL SELECT b::text FROM break_glass_admins b WHERE tenant_id = {tenantId}
                        UNION ALL SELECT s::text FROM sessions s WHERE user_id = {callerId}
                        UNION ALL SELECT l::text FROM mailed_links l WHERE user_id = {callerId}
                        UNION ALL SELECT a::text FROM audit_entries a WHERE actor = {$"user:{callerId}"} AND action <> 'access.denied') AS everything ORDER BY row_text
                    """
                )
                .ToListAsync()
        );
        var tenant = await app.InTenantAsync(
            tenantId,
            db =>
                db.Database.SqlQuery<string>(
                        $"""
                        SELECT row_text AS "Value" FROM (
                            SELECT f::text AS row_text FROM files f UNION ALL SELECT d::text FROM documents d UNION ALL SELECT c::text FROM content_usage c
                            UNION ALL SELECT a::text FROM audit_entries a WHERE actor = {$"user:{callerId}"} AND action <> 'access.denied') AS everything ORDER BY row_text
                        """
                    )
                    .ToListAsync()
        );
        return string.Join('\n', control.Concat(tenant));
    }
}
