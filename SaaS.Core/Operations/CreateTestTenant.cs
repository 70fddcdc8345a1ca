using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Provisioning;

namespace SaaS.Core.Operations;

/// <summary>The outcome of creating a test tenant.</summary>
/// <param name="Exists">True when the tenant exists now.</param>
/// <param name="Message">A message for the user of the command.</param>
public sealed record TestTenantOutcome(bool Exists, string Message);

/// <summary>Creates a test tenant for <c>init --create-test-tenant</c>.</summary>
internal sealed class CreateTestTenant(ControlDbContext db, CreateTenant create)
{
    public async Task<TestTenantOutcome> RunAsync(string name, string adminEmail, CancellationToken ct)
    {
        if (!EmailAddress.TryParse(adminEmail, out var email))
        {
            return new TestTenantOutcome(Exists: false, $"{adminEmail} is not an e-mail address.");
        }

        if (DisplayName.Validate(name, Tenant.NameMaxLength, out var wanted) is { } fault)
        {
            return new TestTenantOutcome(Exists: false, $"The tenant's name is invalid: {fault}");
        }

        if (await db.Users.AsNoTracking().SingleOrDefaultAsync(user => user.Email == email, ct) is not { } admin)
        {
            return new TestTenantOutcome(Exists: false, $"The admin account {email} does not exist; create it with --create-admin.");
        }

        if (await db.Tenants.AnyAsync(tenant => tenant.CreatedBy == admin.Id && tenant.Name == wanted!.Value, ct))
        {
            return new TestTenantOutcome(Exists: true, $"The tenant '{wanted}' exists and was not changed.");
        }

        return !(await create.RunAsync(wanted!, admin.Id, Actor.Command("init"), ct)).TryGetValue(out var tenant, out var problem)
            ? new TestTenantOutcome(Exists: false, problem.Message)
            : new TestTenantOutcome(Exists: true, $"Created the tenant '{wanted}' ({tenant.Id}); {email} is its admin.");
    }
}
