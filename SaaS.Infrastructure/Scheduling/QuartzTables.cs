namespace SaaS.Infrastructure.Scheduling;

/// <summary>The tables of the job store, for the control database's migration. Never changed: another version of Quartz brings a script and a migration of its own.</summary>
public static class QuartzTables
{
    public static string Create
    {
        get
        {
            using var script = typeof(QuartzTables).Assembly.GetManifestResourceStream("quartz-4.7.3.sql")!;
            return new StreamReader(script).ReadToEnd();
        }
    }
}
