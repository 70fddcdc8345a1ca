using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core;
using SaaS.Core.Auditing;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.ServiceDefaults;

namespace SaaS.Benchmarks.Crashes;

/// <summary>
/// The worker with an additional consumer whose effects can be counted: it adds an audit entry to the tenant for each event, with the
/// trace id of the write.
/// </summary>
internal static class CrashWorker
{
    internal const string Role = "serve-crash-worker";

    /// <summary>The file that records each delivery, whether it succeeds or not.</summary>
    internal const string Deliveries = "DELIVERIES";

    /// <summary>The audit action of the effect.</summary>
    internal static readonly TenantAuditAction Effect = new("crash.effect", AuditSubject.Document);

    private const string Consumer = "count-update";

    internal static async Task<int> ServeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddServiceDefaults();
        builder.AddCore();
        builder.Services.AddEventDelivery();
        builder.Services.AddTenantConsumer<CountUpdate, DocumentUpdated>(Consumer);
        RecordDeliveries(builder.Services, builder.Configuration[Deliveries]!);

        var app = builder.Build();
        app.MapDefaultEndpoints(service: "SaaS worker that counts");
        await app.RunAsync();
        return 0;
    }

    private static void RecordDeliveries(IServiceCollection services, string file)
    {
        var counted = services.Single(service => service.ImplementationInstance is ConsumerRegistration { Name: Consumer });
        var registration = (ConsumerRegistration)counted.ImplementationInstance!;
        services.Remove(counted);
        services.AddSingleton(
            registration with
            {
                OpenAsync = async (provider, envelope, ct) =>
                {
                    // Written before the event is consumed, so that a kill -9 does not lose it.
                    await using (
                        var deliveries = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0)
                    )
                    {
                        await deliveries.WriteAsync(Encoding.ASCII.GetBytes($"{envelope.Id}\n"), ct);
                    }

                    return await registration.OpenAsync(provider, envelope, ct);
                },
            }
        );
    }

    private sealed class CountUpdate : TenantEventConsumer<DocumentUpdated>
    {
        public override Task ConsumeAsync(DocumentUpdated fact, TenantDbContext db, CancellationToken ct)
        {
            db.Audit.Record(Effect, fact.DocumentId, AuditDetails.Empty);
            return Task.CompletedTask;
        }
    }
}
