using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Idempotency;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.SchemaMigration;
using SaaS.Core.Tenancy.Members;
using SaaS.Infrastructure.Encryption;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>The tenant that is wanted.</summary>
/// <param name="Name">1 to 255 characters; other tenants may have the same name.</param>
public sealed record CreateTenantRequest([Required, Name(Tenant.NameMaxLength)] string Name);

/// <summary>Makes tenants; a command on the server does it by the same code.</summary>
internal sealed class CreateTenant(ControlDbContext db, TenantDatabases databases, Cipher cipher, IdempotencyContext keyed, IOptions<TenantOptions> options, TimeProvider clock)
{
    internal static void Map(RouteGroupBuilder tenants) =>
        tenants.MapPost("", Handle).Idempotent<CreateTenantRequest>(beforeReplay: WaitUntilReadyAsync).ProducesProblem(HttpProblems.BadRequest, TenantProblems.TooManyTenants, TenantProblems.BeingCreated);

    /// <summary>Makes a tenant with a database of its own; whoever makes it is its admin.</summary>
    /// <remarks>The database is ready when the answer arrives.</remarks>
    internal static async Task<Results<Created<ApiResponse<TenantView>>, ProblemResult>> Handle(CreateTenantRequest request, CurrentUser currentUser, CreateTenant create, CancellationToken ct) =>
        !(await create.RunAsync(DisplayName.Parse(request.Name, Tenant.NameMaxLength), currentUser.UserId, currentUser.Actor, ct)).TryGetValue(out var tenant, out var problem)
            ? problem.ToHttp()
            : AnswerOf(tenant);

    private static Created<ApiResponse<TenantView>> AnswerOf(TenantView tenant) => ApiResponse.Created($"/api/tenants/{tenant.Id}", tenant, "Tenant created");

    public async Task<Result<TenantView>> RunAsync(DisplayName name, Guid adminId, Actor actor, CancellationToken ct)
    {
        // Asked first without a lock: who has too many leaves no key behind either.
        if (await HasEnoughAsync(adminId, ct))
        {
            return TenantProblems.TooManyTenants;
        }

        var now = clock.GetUtcNow();
        var tenant = await DescribeAsync(name, adminId, now, ct);
        var membership = new Membership { UserId = adminId, TenantId = tenant.Id, Role = TenantRole.Admin, JoinedAt = now };
        var view = TenantView.Of(tenant, membership) with { IsActive = true }; // as it is when the promise is kept

        // The row first: it is the request to the worker, which finds it whatever happens in between.
        await using (var transaction = await db.Database.BeginTransactionAsync(ct))
        {
            await db.Database.ExecuteSqlAsync($"SELECT FROM users WHERE id = {adminId} FOR NO KEY UPDATE", ct); // many requests at once are counted one by one
            if (await HasEnoughAsync(adminId, ct))
            {
                return TenantProblems.TooManyTenants;
            }

            db.Tenants.Add(tenant);
            db.Memberships.Add(membership);
            db.Audit.Record(tenant.Id, actor, AuditAction.TenantCreated, tenant.Id, AuditDetails.Of("name", tenant.Name).With("admin_id", adminId));
            keyed.StoreResponse(db, AnswerOf(view));
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
        }

        return await databases.CreateAsync(tenant.Id, ct) ? view : TenantProblems.BeingCreated;
    }

    // The answer is kept with the row, and says that the tenant is ready.
    private static async Task<Problem?> WaitUntilReadyAsync(IServiceProvider services, IdempotencyRecord answer, CancellationToken ct)
    {
        var databases = services.GetRequiredService<TenantDatabases>();
        var db = services.GetRequiredService<ControlDbContext>();
        var tenantId = Guid.Parse(answer.Location![(answer.Location!.LastIndexOf('/') + 1)..]);
        return await db.Tenants.AnyAsync(tenant => tenant.Id == tenantId && tenant.State == TenantState.Provisioning, ct) && !await databases.CreateAsync(tenantId, ct)
            ? TenantProblems.BeingCreated
            : null;
    }

    private async Task<bool> HasEnoughAsync(Guid adminId, CancellationToken ct) =>
        await db.Tenants.CountAsync(other => other.CreatedBy == adminId, ct) >= options.Value.MaxPerUser;

    private async Task<Tenant> DescribeAsync(DisplayName name, Guid createdBy, DateTimeOffset now, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(now);
        var database = TenantDatabaseName.Of(name, id);
        return new Tenant
        {
            Id = id,
            Name = name,
            DatabaseName = database,
            DatabaseRole = database,
            SealedDatabasePassword = await cipher.EncryptAsync(RandomNumberGenerator.GetHexString(64), id, Tenant.PasswordPurpose, ct),
            SchemaVersion = SchemaVersions.Tenant,
            CreatedBy = createdBy,
            CreatedAt = now,
            UpdatedAt = now,
        };
    }
}
