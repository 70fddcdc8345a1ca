using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Provisioning;

namespace SaaS.Core.Operations;

/// <summary>How it went with the test tenant.</summary>
/// <param name="IsThere">Whether there is one now.</param>
/// <param name="Said">One sentence for whoever ran the command.</param>
public sealed record TestTenantOutcome(bool IsThere, string Said);

/// <summary>Makes a tenant to try, as <c>init --create-test-tenant</c> asks for.</summary>
internal sealed class CreateTestTenant(ControlDbContext db, CreateTenant create)
{
    public async Task<TestTenantOutcome> RunAsync(string name, string adminEmail, CancellationToken ct)
    {
        if (!EmailAddress.TryParse(adminEmail, out var email))
        {
            return new TestTenantOutcome(IsThere: false, $"{adminEmail} is not an e-mail address.");
        }

        if (DisplayName.FaultOf(name, Tenant.NameMaxLength, out var wanted) is { } fault)
        {
            return new TestTenantOutcome(IsThere: false, $"The tenant's name is not accepted: {fault}");
        }

        if (await db.Users.AsNoTracking().SingleOrDefaultAsync(user => user.Email == email, ct) is not { } admin)
        {
            return new TestTenantOutcome(IsThere: false, $"There is no account {email} to be its admin: --create-admin makes one.");
        }

        if (await db.Tenants.AnyAsync(tenant => tenant.CreatedBy == admin.Id && tenant.Name == wanted!.Value, ct))
        {
            return new TestTenantOutcome(IsThere: true, $"The tenant '{wanted}' is there already, and was left as it is.");
        }

        return !(await create.RunAsync(wanted!, admin.Id, Actor.Command("init"), ct)).TryGetValue(out var tenant, out var problem)
            ? new TestTenantOutcome(IsThere: false, problem.Message)
            : new TestTenantOutcome(IsThere: true, $"Made the tenant '{wanted}' ({tenant.Id}); {email} is its admin.");
    }
}
