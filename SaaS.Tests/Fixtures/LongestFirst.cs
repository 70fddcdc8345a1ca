using SaaS.Tests.Access;
using SaaS.Tests.Architecture;
using SaaS.Tests.Diagnostics;
using SaaS.Tests.Documents.Files;
using SaaS.Tests.EndToEnd;
using SaaS.Tests.Faults;
using SaaS.Tests.Http;
using SaaS.Tests.Idempotency;
using SaaS.Tests.Identity.Credentials;
using SaaS.Tests.Infrastructure;
using SaaS.Tests.Jobs;
using SaaS.Tests.SchemaMigration;
using SaaS.Tests.Tenancy;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(SaaS.Tests.Fixtures.LongestFirst))]

namespace SaaS.Tests.Fixtures;

/// <summary>
/// Runs the classes that take minutes first, so that none of them runs alone at the end. The others run in a random order.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly Type[] Longest =
    [
        typeof(NetworkOutageTests),
        typeof(ServerOutageTests),
        typeof(CredentialRevocationTests),
        typeof(UploadTraceTests),
        typeof(RequestSchemaTests),
        typeof(MigrateTests),
        typeof(ProvisioningCrashTests),
        typeof(RotateEncryptionKeysTests),
        typeof(SecretsFromVaultTests),
        typeof(SchedulerTests),
        typeof(CrashTests),
        typeof(KafkaTransportTests),
        typeof(TenantMatrixTests),
        typeof(IdempotencyCrashTests),
        typeof(HttpStandardTests),
        typeof(RevokedAccessDuringRequestTests),
        typeof(SameContentTests),
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. DefaultTestCollectionOrderer.Instance.OrderTestCollections(testCollections).OrderByDescending(IsLong)];

    // Display name: "Test collection for SaaS.Tests.Jobs.SchedulerTests (id: …)"
    private static bool IsLong<TTestCollection>(TTestCollection collection)
        where TTestCollection : ITestCollection =>
        Longest.Any(type => collection.TestCollectionDisplayName.Contains($" {type.FullName} ", StringComparison.Ordinal));
}
